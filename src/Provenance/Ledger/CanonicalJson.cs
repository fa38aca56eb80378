using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// The one text of a JSON value: RFC 8785 (no white space, members ordered by their UTF-16 names, escapes only where needed), except that numbers keep the digits
/// they have. A database that keeps JSON in a form of its own may then reorder members, and the payload of a leaf stays what it was.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Levels that are followed; deeper values are refused.</summary>
    public const int MaxDepth = 64;

    /// <exception cref="JsonException">Not exactly one JSON value, a name that stands twice, or nested too deeply.</exception>
    public static byte[] Of(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new() { MaxDepth = MaxDepth });
        return Of(document.RootElement);
    }

    /// <exception cref="JsonException">A name stands twice.</exception>
    public static byte[] Of(JsonElement value)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(value, output);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(JsonElement value, ArrayBufferWriter<byte> output)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var separator = '{';
                string? before = null;
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    if (member.Name == before) throw new JsonException($"A member stands twice.");
                    before = member.Name;
                    Write(separator, output);
                    WriteText(member.Name, output);
                    Write(':', output);
                    Write(member.Value, output);
                    separator = ',';
                }
                output.Write(separator == '{' ? "{}"u8 : "}"u8);
                break;
            case JsonValueKind.Array:
                separator = '[';
                foreach (var item in value.EnumerateArray())
                {
                    Write(separator, output);
                    Write(item, output);
                    separator = ',';
                }
                output.Write(separator == '[' ? "[]"u8 : "]"u8);
                break;
            case JsonValueKind.String:
                WriteText(value.GetString()!, output);
                break;
            default:
                output.Write(Encoding.UTF8.GetBytes(value.GetRawText()));
                break;
        }
    }

    private static void Write(char c, ArrayBufferWriter<byte> output) => output.Write([(byte)c]);

    // RFC 8785, section 3.2.2.2: two-character escapes where they exist, \u00xx for other control characters, everything else as it is.
    private static void WriteText(string text, ArrayBufferWriter<byte> output)
    {
        var escaped = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\b' => escaped.Append("\\b"),
                '\f' => escaped.Append("\\f"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                < ' ' => escaped.Append("\\u").Append(((int)c).ToString("x4", null)),
                _ => escaped.Append(c),
            };
        output.Write(Encoding.UTF8.GetBytes(escaped.Append('"').ToString()));
    }
}
