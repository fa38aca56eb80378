namespace Vitrine.Grains.Interfaces;

/// <summary>The form of names that people give to things: 1 to 63 of <c>a-z 0-9 - _ .</c>, first a letter or digit. It is safe in keys, URLs and folders.</summary>
public static class Slug
{
    public const int MaxLength = 63;
    public const string Rule = "1 to 63 of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit";

    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength || !char.IsAsciiLetterLower(text[0]) && !char.IsAsciiDigit(text[0])) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_' or '.')) return false;
        return true;
    }

    internal static string Require(string text, string what) =>
        IsValid(text) ? text : throw new FormatException($"A {what} is {Rule}.");
}
