using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Vitrine.Inference;

/// <summary>
/// What Python's <c>unicodedata.normalize("NFC", …)</c> and <c>str.lower()</c> do to a prompt. Written out because .NET without ICU
/// (InvariantGlobalization) leaves both undone for characters outside ASCII and for special cases, silently.
/// </summary>
internal static class CleanText
{
    private const char SyllableBase = '\uAC00', LeadBase = '\u1100', VowelBase = '\u1161', TrailBase = '\u11A7';
    private const int Leads = 19, Vowels = 21, Trails = 28;

    private static readonly FrozenDictionary<(char, char), char> Pairs = ReadPairs();

    /// <summary>
    /// Joins a character with the mark that follows it (Unicode Standard, section 3.11). Marks in an order that is not canonical are not sorted: keyboards and
    /// file systems do not write them. A lone surrogate becomes U+FFFD.
    /// </summary>
    public static string Compose(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var composed = new StringBuilder(text.Length);
        foreach (var next in Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)))
            if (composed.Length > 0 && Composed(composed[^1], next) is { } one)
                composed[^1] = one;
            else
                composed.Append(next);
        return composed.ToString();
    }

    /// <summary>Lower case with the two special cases of SpecialCasing.txt that hold in every language: capital I with dot, and sigma at the end of a word.</summary>
    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (Ascii.IsValid(text))
            return lower;
        var letters = lower.ToCharArray();
        for (var i = 0; i < letters.Length; i++)
            if (text[i] == '\u03A3' && i > 0 && char.IsLetter(text[i - 1]) && !(i + 1 < text.Length && char.IsLetter(text[i + 1])))
                letters[i] = '\u03C2';
        return new string(letters).Replace("\u0130", "i\u0307", StringComparison.Ordinal);
    }

    private static char? Composed(char first, char second)
    {
        if (Pairs.TryGetValue((first, second), out var pair))
            return pair;
        if (first - LeadBase is >= 0 and < Leads && second - VowelBase is >= 0 and < Vowels)
            return (char)(SyllableBase + ((first - LeadBase) * Vowels + (second - VowelBase)) * Trails);
        if (first - SyllableBase is >= 0 and < Leads * Vowels * Trails && (first - SyllableBase) % Trails == 0 && second - TrailBase is > 0 and < Trails)
            return (char)(first + (second - TrailBase));
        return null;
    }

    private static FrozenDictionary<(char, char), char> ReadPairs()
    {
        using var file = new StreamReader(typeof(CleanText).Assembly.GetManifestResourceStream("compositions.txt")!);
        return file.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' '))
            .ToFrozenDictionary(hex => (Char(hex[0]), Char(hex[1])), hex => Char(hex[2]));
    }

    private static char Char(string hex) => (char)int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
