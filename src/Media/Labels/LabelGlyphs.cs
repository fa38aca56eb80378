using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Vitrine.Media;

/// <summary>
/// The letters that labels are written in, as outlines of our own: a label that the law asks for must not depend on which fonts a machine has. Latin, Greek, Cyrillic and the Chinese
/// characters of the usual labels; left to right, without ligatures.
/// </summary>
public static class LabelGlyphs
{
    /// <summary>Height of a capital letter in thousandths of the em.</summary>
    internal const int CapHeight = 729;

    private const int Em = 1000;
    private static readonly FrozenDictionary<Rune, (int Advance, string Outline)> Glyphs = Read();

    /// <summary>Whether every character of the text has an outline here.</summary>
    public static bool CanDraw(string text) => text.EnumerateRunes().All(Glyphs.ContainsKey);

    /// <summary>Width of the text in ems.</summary>
    internal static float WidthOf(string text) => text.EnumerateRunes().Sum(rune => Glyphs[rune].Advance) / (float)Em;

    /// <summary>The outline of the text with its baseline beginning at the origin.</summary>
    internal static SKPath Outline(string text, float size)
    {
        using var line = new SKPath();
        var x = 0f;
        foreach (var rune in text.EnumerateRunes())
        {
            var (advance, outline) = Glyphs[rune];
            using var glyph = SKPath.ParseSvgPathData(outline) ?? throw new InvalidDataException($"The outline of {rune} cannot be read.");
            line.AddPath(glyph, x, 0);
            x += advance;
        }
        var scaled = new SKPath();
        line.Transform(SKMatrix.CreateScale(size / Em, size / Em), scaled);
        return scaled;
    }

    private static FrozenDictionary<Rune, (int, string)> Read()
    {
        using var lines = new StreamReader(typeof(LabelGlyphs).Assembly.GetManifestResourceStream("Vitrine.Media.Labels.glyphs.txt") ?? throw new InvalidOperationException("The outlines of labels are missing from the build."));
        var glyphs = new Dictionary<Rune, (int, string)>();
        while (lines.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var parts = line.Split(' ', 3);
            glyphs.Add(new Rune(int.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)), (int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]));
        }
        return glyphs.ToFrozenDictionary();
    }
}
