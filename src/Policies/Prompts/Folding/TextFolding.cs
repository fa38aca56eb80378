using System.Globalization;
using System.Text;

namespace Vitrine.Policies;

/// <summary>
/// The first form in which rules and texts are compared: compatibility decomposition, lower case, without accents, vowel points that are
/// optional in writing, and everything that cannot be seen. Linear in the length.
/// </summary>
internal static class TextFolding
{
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value < 0x80)
            {
                folded.Append(char.ToLowerInvariant((char)rune.Value));
                continue;
            }
            if (IsInvisible(rune))
                continue;
            if (EnclosedLetter(rune.Value) is { } letter)
                folded.Append(letter);
            else if (CompatibilityTable.Of(rune.Value) is { } decomposed)
                foreach (var part in decomposed.EnumerateRunes())
                    AppendLower(folded, part);
            else
                AppendLower(folded, rune);
        }
        return folded.ToString();
    }

    private static void AppendLower(StringBuilder folded, Rune rune)
    {
        if (IsOptionalMark(rune.Value))
            return;
        switch (rune.Value)
        {
            case 'ß' or 'ẞ':
                folded.Append("ss");
                break;
            case 'ς':
                folded.Append('σ');
                break;
            default:
                folded.Append(Rune.ToLowerInvariant(rune).ToString());
                break;
        }
    }

    // Format characters (zero width, bidirectional controls, soft hyphen, tags), variation selectors, and letters that are drawn as nothing.
    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format
        || rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFFA0
            or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF);

    // Accents and marks of Latin, Greek, Cyrillic, Hebrew and Arabic. The vowel signs of Indic scripts are letters in all but name and stay.
    private static bool IsOptionalMark(int codePoint) => codePoint is
        (>= 0x0300 and <= 0x036F) or (>= 0x0483 and <= 0x0489) or (>= 0x0591 and <= 0x05BD) or 0x05BF or 0x0640
        or (>= 0x064B and <= 0x065F) or 0x0670 or (>= 0x1AB0 and <= 0x1AFF) or (>= 0x1DC0 and <= 0x1DFF)
        or (>= 0x20D0 and <= 0x20FF) or (>= 0xFE20 and <= 0xFE2F);

    // Letters in black circles and squares and the regional indicators have no decomposition in the standard.
    private static char? EnclosedLetter(int codePoint) => codePoint switch
    {
        >= 0x1F150 and <= 0x1F169 => (char)('a' + codePoint - 0x1F150),
        >= 0x1F170 and <= 0x1F189 => (char)('a' + codePoint - 0x1F170),
        >= 0x1F1E6 and <= 0x1F1FF => (char)('a' + codePoint - 0x1F1E6),
        _ => null,
    };
}
