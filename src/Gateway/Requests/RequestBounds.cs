using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Vitrine.Gateway;

/// <summary>How large the head of a request may be: common proxies pass no more.</summary>
internal static class RequestBounds
{
    /// <summary>Bytes of the path with its query.</summary>
    public const int MaxTarget = 8 * 1024;

    /// <summary>Bytes of all names and values of headers.</summary>
    public const int MaxHeaders = 32 * 1024;

    public const int MaxHeaderCount = 100;

    private static readonly ErrorAnswer UriTooLong = new(414, "uri_too_long", "A path with its query may have at most 8 KiB.");
    private static readonly ErrorAnswer HeadersTooLarge = new(431, "headers_too_large", "A request may have at most 100 headers, of 32 KiB together.");

    /// <summary>Null when the head is within the bounds.</summary>
    public static ErrorAnswer? Refuse(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestFeature>() is { RawTarget.Length: > MaxTarget }) return UriTooLong;
        var (count, bytes) = (0, 0);
        foreach (var (name, values) in http.Request.Headers)
            foreach (var value in values)
            {
                count++;
                bytes += name.Length + (value is null ? 0 : Encoding.UTF8.GetByteCount(value));
            }
        return count > MaxHeaderCount || bytes > MaxHeaders ? HeadersTooLarge : null;
    }
}
