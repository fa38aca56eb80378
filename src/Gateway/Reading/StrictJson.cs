using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Vitrine.Gateway;

/// <summary>
/// Reads a JSON request body so that every layer reads the same: UTF-8 only, no duplicate keys, bounded depth and size, no broken Unicode,
/// and no NUL, which the store cannot hold. Both dialects read with it.
/// </summary>
public static class StrictJson
{
    /// <summary>1 MiB: a prompt has at most 32,000 characters, and nothing else in a request is long.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>No request nests deeper than a few levels.</summary>
    public const int MaxDepth = 32;

    private const int FirstBuffer = 4096;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Disallow };
    private static readonly ErrorAnswer NotJson = new(415, "unsupported_media_type", "Send the body as 'Content-Type: application/json' in UTF-8.");
    private static readonly ErrorAnswer NotUtf8 = new(415, "unsupported_media_type", "Send the body in UTF-8 without a byte order mark.");

    /// <summary>Never throws for what a client sent; a body over the limit is refused without being read further.</summary>
    public static async ValueTask<JsonBody> Read(HttpContext http, CancellationToken ct)
    {
        if (!IsJson(http.Request.ContentType)) return JsonBody.Refused(NotJson);
        if (http.Request.ContentLength > MaxBytes) return TooLarge(http);

        // Without the declared length at least one byte of room stays free, so that a full buffer means that there is more.
        var buffer = new byte[http.Request.ContentLength is { } declared ? (int)declared + 1 : FirstBuffer];
        var length = 0;
        while (true)
        {
            var read = await http.Request.Body.ReadAsync(buffer.AsMemory(length), ct);
            if (read == 0) break;
            length += read;
            if (length > MaxBytes) return TooLarge(http);
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(buffer.Length * 4, MaxBytes + 1));
        }
        return Parse(buffer.AsMemory(0, length));
    }

    /// <summary>Parses a body that is in memory already.</summary>
    internal static JsonBody Parse(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.IsEmpty) return Invalid("The body is empty; a JSON object is expected.");
        if (span.StartsWith<byte>([0xEF, 0xBB, 0xBF]) || span.StartsWith<byte>([0xFE, 0xFF]) || span.StartsWith<byte>([0xFF, 0xFE]) || (span.Length > 1 && (span[0] == 0 || span[1] == 0)))
            return JsonBody.Refused(NotUtf8);
        if (!Utf8.IsValid(span)) return Invalid("The body is not valid UTF-8.");

        JsonDocument document;
        try
        {
            // Before parsing, because the parser compares names and would stumble over a broken one.
            if (span.Contains((byte)'\\') && FirstBrokenString(span) is { } broken) return JsonBody.Refused(broken);
            document = JsonDocument.Parse(bytes, Options);
        }
        catch (JsonException)
        {
            return Invalid("The body is not one well-formed JSON object with unique keys, at most 32 levels deep.");
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object) return JsonBody.Read(bytes, document);
        document.Dispose();
        return Invalid("The body is JSON, but not an object.");
    }

    /// <summary>Only an escape can bring NUL or half a surrogate pair into valid UTF-8; looking at each is cheaper than decoding every string.</summary>
    private static ErrorAnswer? FirstBrokenString(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        string? property = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1) property = null;
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.String)) continue;
            if (reader.ValueIsEscaped && EscapesOf(reader.ValueSpan) is var (hasNul, isBroken) && (hasNul || isBroken))
                return isBroken
                    ? ErrorAnswer.InvalidJson("A string of the body holds half of a surrogate pair.")
                    : ErrorAnswer.Invalid(new FieldError("/" + property, "invalid_value", "Text may not hold U+0000."));
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1) property = reader.GetString();
        }
        return null;
    }

    private static (bool HasNul, bool IsBroken) EscapesOf(ReadOnlySpan<byte> raw)
    {
        var (nul, high) = (false, false);
        for (var i = 0; i < raw.Length; i++)
        {
            var unit = -1;
            if (raw[i] == '\\')
            {
                i++;
                if (raw[i] == 'u')
                {
                    // The parser has seen that four hex digits follow.
                    unit = Convert.ToInt32(Encoding.ASCII.GetString(raw.Slice(i + 1, 4)), 16);
                    i += 4;
                }
            }
            nul |= unit == 0;
            var low = unit is >= 0xDC00 and <= 0xDFFF;
            if (high != low) return (nul, true);
            high = unit is >= 0xD800 and <= 0xDBFF;
        }
        return (nul, high);
    }

    private static bool IsJson(string? contentType) =>
        contentType is "application/json" ||
        (MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) &&
         (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)));

    // Closing the connection keeps the server from reading what it will not use.
    private static JsonBody TooLarge(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        return JsonBody.Refused(ErrorAnswer.PayloadTooLarge);
    }

    private static JsonBody Invalid(string detail) => JsonBody.Refused(ErrorAnswer.InvalidJson(detail));
}
