using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Vitrine.Gateway;

/// <summary>Answers of the native dialect.</summary>
internal static class JsonResponse
{
    public static Task Answer<T>(this HttpContext http, int status, T body, JsonTypeInfo<T> type)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(http.Response.BodyWriter, body, type, http.RequestAborted);
    }

    public static Task Answer(this HttpContext http, ErrorAnswer error) => Dialect.Native.Write(http, error);
}
