using Microsoft.Net.Http.Headers;
using Vitrine.Media;

namespace Vitrine.Gateway;

/// <summary>A stored picture as an answer: whole, in part, or not again to whoever has it (RFC 9110, 13 and 14). Nothing in it runs in a browser.</summary>
internal static class PictureFile
{
    /// <param name="name">Of the picture, without an extension.</param>
    /// <param name="sha256">Of its bytes; the strong entity tag.</param>
    /// <param name="cache">Who may keep it, and for how long.</param>
    public static Task Send(HttpContext http, BlobContent bytes, string name, string mediaType, string sha256, string cache)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = cache;
        headers.ContentDisposition = $"inline; filename=\"{name}.{PictureFormats.Extension(mediaType)}\"";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return TypedResults.Stream(bytes.Stream, mediaType, entityTag: new EntityTagHeaderValue($"\"{sha256}\""), enableRangeProcessing: true).ExecuteAsync(http);
    }
}
