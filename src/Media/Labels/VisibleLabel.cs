using SkiaSharp;

namespace Vitrine.Media;

public enum LabelCorner { TopRight, TopLeft, BottomRight, BottomLeft }

/// <summary>Where a label lies, in pixels.</summary>
/// <param name="LetterHeight">Of a capital letter.</param>
public readonly record struct LabelPlace(int X, int Y, int Width, int Height, double LetterHeight);

/// <summary>
/// A label that people see: white letters on a nearly black plate with a white edge. The plate is opaque, so the contrast of the letters does not depend on the picture, and the edge sets the plate off from a
/// dark one. Nothing outside the plate is touched.
/// </summary>
public static class VisibleLabel
{
    /// <summary>The height of letters where nobody asks for more, in percent of the picture's shorter side (GB 45438-2025 asks for no less).</summary>
    public const double UsualHeightPercent = 5;

    /// <summary>Letters are never smaller than this many pixels where the picture has room, because smaller ones cannot be read.</summary>
    public const double LeastReadable = 9;

    /// <summary>A picture too small for letters of this many pixels carries no label.</summary>
    public const double LeastHeight = 6;

    private static readonly SKColor Ink = SKColors.White, Plate = new(0x10, 0x10, 0x10);

    /// <summary>Where the label goes; null when the picture is too small to hold one that could be read.</summary>
    /// <param name="text">1 or more characters that <see cref="LabelGlyphs.CanDraw"/>.</param>
    public static LabelPlace? Place(string text, LabelCorner corner, double heightPercent, int width, int height)
    {
        var wanted = Math.Max(LeastReadable, Math.Min(width, height) * heightPercent / 100);
        // All lengths grow with the letters, so what is too wide or too high shrinks by the quotient.
        var (one, high) = Extent(text, 1);
        var letters = Math.Min(wanted, Math.Min(width / one, height / high));
        if (letters < LeastHeight) return null;
        var (plateWidth, plateHeight) = Extent(text, letters);
        var (w, h) = (Math.Min(width, (int)Math.Ceiling(plateWidth)), Math.Min(height, (int)Math.Ceiling(plateHeight)));
        var margin = (int)Math.Min(letters / 2, Math.Min(width - w, height - h));
        return new LabelPlace(
            corner is LabelCorner.TopRight or LabelCorner.BottomRight ? width - w - margin : margin,
            corner is LabelCorner.TopRight or LabelCorner.TopLeft ? margin : height - h - margin, w, h, letters);
    }

    /// <summary>The picture with the label on it, in an array of its own.</summary>
    /// <param name="rgb">Rows of RGB, three bytes a pixel.</param>
    public static byte[] Draw(byte[] rgb, int width, int height, string text, LabelPlace place)
    {
        if (rgb.Length != width * height * 3) throw new ArgumentException($"A picture of {width} x {height} has {width * height * 3} bytes, not {rgb.Length}.", nameof(rgb));
        using var bitmap = new SKBitmap(new SKImageInfo(place.Width, place.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (var y = 0; y < place.Height; y++)
            for (var x = 0; x < place.Width; x++)
            {
                var (from, to) = (((place.Y + y) * width + place.X + x) * 3, (y * place.Width + x) * 4);
                rgb.AsSpan(from, 3).CopyTo(pixels[to..]);
                pixels[to + 3] = 255;
            }
        Paint(bitmap, text, (float)place.LetterHeight);
        var labelled = (byte[])rgb.Clone();
        for (var y = 0; y < place.Height; y++)
            for (var x = 0; x < place.Width; x++)
                pixels.Slice((y * place.Width + x) * 4, 3).CopyTo(labelled.AsSpan(((place.Y + y) * width + place.X + x) * 3));
        return labelled;
    }

    private static void Paint(SKBitmap bitmap, string text, float letters)
    {
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint { IsAntialias = true, Color = Ink };
        var (edge, radius) = (Edge(letters), letters * 0.35f);
        canvas.DrawRoundRect(new SKRect(0, 0, bitmap.Width, bitmap.Height), radius, radius, paint);
        paint.Color = Plate;
        canvas.DrawRoundRect(new SKRect(edge, edge, bitmap.Width - edge, bitmap.Height - edge), radius - edge / 2, radius - edge / 2, paint);
        paint.Color = Ink;
        var size = letters * 1000 / LabelGlyphs.CapHeight;
        using var outline = LabelGlyphs.Outline(text, size);
        canvas.Translate((bitmap.Width - LabelGlyphs.WidthOf(text) * size) / 2, (bitmap.Height + letters) / 2);
        canvas.DrawPath(outline, paint);
    }

    /// <summary>The plate around letters of this height: Chinese characters and accents reach a little above and below the capitals.</summary>
    private static (double Width, double Height) Extent(string text, double letters) =>
        (LabelGlyphs.WidthOf(text) * letters * 1000 / LabelGlyphs.CapHeight + letters * 1.1, letters * 2);

    private static float Edge(float letters) => Math.Max(1, letters * 0.1f);
}
