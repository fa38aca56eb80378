using System.Globalization;
using System.Net;
using System.Text;

namespace Vitrine.Policies;

/// <summary>
/// Texts inside a text: percent-encoding, HTML entities, base64, hexadecimal, invisible tag letters and right-to-left overrides. Only one level is undone, so
/// the work stays linear; what is wrapped twice is left to the screening of the output.
/// </summary>
internal static class HiddenTexts
{
    /// <summary>Shorter runs are words far more often than they are encodings.</summary>
    private const int ShortestEncoding = 8;

    public static IEnumerable<string> In(string text)
    {
        if (text.Contains('%', StringComparison.Ordinal) && Percent(text) is { } unescaped)
            yield return unescaped;
        if (text.Contains('&', StringComparison.Ordinal) && WebUtility.HtmlDecode(text) is var html && html != text)
            yield return html;
        if (text.Contains('\u202E', StringComparison.Ordinal))
            yield return Reordered(text);
        if (text.Contains('\uDB40', StringComparison.Ordinal))
            yield return TagLetters(text);
        foreach (var decoded in EncodedRuns(text))
            yield return decoded;
    }

    private static string? Percent(string text)
    {
        var unescaped = Uri.UnescapeDataString(text);
        return unescaped == text ? null : unescaped;
    }

    // What stands between an override and its end is shown, and therefore read, backwards.
    private static string Reordered(string text)
    {
        var shown = new StringBuilder(text.Length);
        var parts = text.Split('\u202E');
        shown.Append(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            var end = part.IndexOfAny(['\u202C', '\n']);
            var (turned, rest) = end < 0 ? (part, "") : (part[..end], part[end..]);
            foreach (var rune in turned.EnumerateRunes().Reverse())
                shown.Append(rune.ToString());
            shown.Append(rest);
        }
        return shown.ToString();
    }

    // U+E0020..U+E007E repeat ASCII invisibly.
    private static string TagLetters(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        rune.Value is >= 0xE0020 and <= 0xE007E ? ((char)(rune.Value - 0xE0000)).ToString() : rune.ToString()));

    private static IEnumerable<string> EncodedRuns(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '+' or '/' or '-' or '_' or '='))
                end++;
            if (end - start >= ShortestEncoding && Decoded(text[start..end].TrimEnd('=')) is { } decoded)
                yield return decoded;
            start = Math.Max(end, start + 1);
        }
    }

    private static string? Decoded(string run)
    {
        if (run.Length % 2 == 0 && run.All(char.IsAsciiHexDigit))
            return Readable(Convert.FromHexString(run));
        var base64 = run.Replace('-', '+').Replace('_', '/');
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64 + "===="[..((4 - base64.Length % 4) % 4)], bytes, out var length)
            ? Readable(bytes.AsSpan(0, length))
            : null;
    }

    // Most words are valid base64 of noise; noise is hardly ever valid UTF-8 without control characters.
    private static string? Readable(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            return null;
        var text = Encoding.UTF8.GetString(bytes);
        return text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')
            || char.GetUnicodeCategory(c) == UnicodeCategory.OtherNotAssigned) ? null : text;
    }
}
