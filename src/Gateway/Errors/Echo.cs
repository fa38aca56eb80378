using System.Globalization;
using System.Text;

namespace Vitrine.Gateway;

/// <summary>Input quoted back in an error: at most 64 characters, with everything that could steer a terminal or a log escaped.</summary>
public static class Echo
{
    public const int MaxLength = 64;

    public static string Of(string input)
    {
        var text = new StringBuilder(MaxLength + 4).Append('\'');
        foreach (var c in input)
        {
            var piece = char.IsControl(c) || char.IsSurrogate(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")
                : c.ToString();
            if (text.Length + piece.Length > MaxLength) return text.Append("…'").ToString();
            text.Append(piece);
        }
        return text.Append('\'').ToString();
    }
}
