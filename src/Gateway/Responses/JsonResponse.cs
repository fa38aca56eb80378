using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Vitrine.Gateway;

/// <summary>JSON answers that are one object, in both dialects; errors of the native one.</summary>
internal static class JsonResponse
{
    /// <summary>Sends the whole answer at once and says how long it is: a caller that has it all need not wait for an end of it, which would come after the log line.</summary>
    public static Task Answer<T>(this HttpContext http, int status, T body, JsonTypeInfo<T> type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    public static Task Answer(this HttpContext http, ErrorAnswer error) => Dialect.Native.Write(http, error);
}
