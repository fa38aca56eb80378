using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Vitrine.Gateway;

/// <summary>The bytes of a picture that somebody sends, in whichever of the three ways they come.</summary>
internal sealed class SubmittedPictures(RemotePictures remote)
{
    /// <summary>Of one picture.</summary>
    public const int MostBytes = 20 << 20;

    /// <summary>Boundaries and headers of a multipart body, beside the picture.</summary>
    private const int MostAround = 64 << 10;

    /// <summary>How long the bytes may take to arrive: half of them a second are already 170 KB.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int LongestUrl = 2048, MostParts = 8, LongestBoundary = 70;
    private static readonly ErrorAnswer TooLarge = new(413, "payload_too_large", "A picture may have at most 20 MiB.");
    private static readonly ErrorAnswer TooSlow = new(408, "request_timeout", "The picture did not arrive within 60 seconds.");
    private static readonly ErrorAnswer WrongType = new(415, "unsupported_media_type", "Send a picture as multipart/form-data with a part 'file', as the body with its image type, or its address as JSON {\"url\"}.");
    private static readonly ErrorAnswer BrokenForm = new(400, "invalid_multipart", "The multipart body cannot be read; it needs a boundary and one part 'file'.");

    public async Task<(byte[]? Bytes, ErrorAnswer? Error)> Read(HttpContext http)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)) return (null, WrongType);
        var name = type.MediaType.Value!.ToLowerInvariant();
        if (name == "application/json") return await ReadAddress(http);
        if (http.Request.ContentLength > MostBytes + MostAround) return Close(http);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostBytes + MostAround;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        patience.CancelAfter(Patience);
        try
        {
            if (name == "multipart/form-data") return await ReadForm(http, type, patience.Token);
            return name.StartsWith("image/", StringComparison.Ordinal) || name is "application/octet-stream" or "video/mp4" ? await ReadAll(http, http.Request.Body, patience.Token) : (null, WrongType);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            http.Response.Headers.Connection = "close";
            return (null, TooSlow);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Close(http);
        }
    }

    private async Task<(byte[]?, ErrorAnswer?)> ReadAddress(HttpContext http)
    {
        using var body = await StrictJson.Read(http, http.RequestAborted);
        if (body.Error is { } error) return (null, error);
        var fields = new BodyFields(body.Root);
        var url = fields.RequiredText("url", LongestUrl);
        return fields.Error() is { } wrong ? (null, wrong) : await remote.Fetch(url!, http.RequestAborted);
    }

    private static async Task<(byte[]?, ErrorAnswer?)> ReadForm(HttpContext http, MediaTypeHeaderValue type, CancellationToken cancellation)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is not { Length: > 0 and <= LongestBoundary }) return (null, BrokenForm);
        try
        {
            var reader = new MultipartReader(boundary, http.Request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8 << 10 };
            for (var part = 0; part < MostParts && await reader.ReadNextSectionAsync(cancellation) is { } section; part++)
            {
                // The file's name is somebody's word and is not even looked at.
                if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && HeaderUtilities.RemoveQuotes(disposition.Name) == "file")
                    return await ReadAll(http, section.Body, cancellation);
            }
            return (null, BrokenForm);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return (null, BrokenForm);
        }
    }

    private static async Task<(byte[]?, ErrorAnswer?)> ReadAll(HttpContext http, Stream from, CancellationToken cancellation) =>
        await Bounded.Read(from, MostBytes, cancellation) is { } bytes ? (bytes, null) : Close(http);

    // Closing the connection keeps the server from reading what it will not use.
    private static (byte[]?, ErrorAnswer?) Close(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        return (null, TooLarge);
    }
}

internal static class Bounded
{
    /// <summary>All bytes of the stream; null when there are more than allowed, of which no more is read.</summary>
    public static async Task<byte[]?> Read(Stream from, int most, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await from.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            if (bytes.Length + read > most) return null;
            bytes.Write(buffer, 0, read);
        }
        return bytes.ToArray();
    }
}
