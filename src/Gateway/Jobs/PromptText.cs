using System.Globalization;
using System.Text;

namespace Vitrine.Gateway;

/// <summary>What a prompt must be before any policy reads it; equal in all dialects.</summary>
public static class PromptText
{
    /// <summary>UTF-16 units, the limit that OpenAI's image endpoints state.</summary>
    public const int MaxLength = 32_000;

    /// <summary>True when nothing is left of the text once white space and characters without a glyph (zero-width, bidi and tag characters, variation selectors) are taken away.</summary>
    public static bool IsBlank(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) || rune.Value is >= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF or 0x034F or 0x115F or 0x1160 or 0x2800 or 0x3164 or 0xFFA0) continue;
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned) continue;
            return false;
        }
        return true;
    }
}
