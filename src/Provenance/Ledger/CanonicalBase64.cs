namespace Vitrine.Provenance.Ledger;

/// <summary>Standard base 64 (RFC 4648, section 4) that refuses every text but the one an encoder writes, so that no signed thing has two spellings.</summary>
internal static class CanonicalBase64
{
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes, out int written)
    {
        written = 0;
        if (text.Length % 4 != 0 || text.Length / 4 * 3 - 2 > bytes.Length || text.ContainsAny(" \t\r\n")) return false;
        if (!Convert.TryFromBase64Chars(text, bytes, out written)) return false;
        // The last digit may carry bits that decode to nothing.
        Span<char> last = stackalloc char[4];
        var tail = written == 0 ? 0 : (written - 1) % 3 + 1;
        return tail == 0 ? text.Length == 0 : Convert.TryToBase64Chars(bytes[(written - tail)..written], last, out _) && text[^4..].SequenceEqual(last);
    }

    /// <summary>Null when the text is no canonical base 64 or holds more than <paramref name="most"/> bytes.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text, int most)
    {
        if (text.Length > (most + 2) / 3 * 4) return null;
        var bytes = new byte[text.Length / 4 * 3];
        return TryDecode(text, bytes, out var written) && written <= most ? bytes[..written] : null;
    }
}
