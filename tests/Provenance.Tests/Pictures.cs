using SkiaSharp;
using Vitrine.Media;

namespace Vitrine.Provenance.Tests;

/// <summary>Pixels of a test, and what happens to pictures in the world.</summary>
internal sealed record Pictures(int Width, int Height, byte[] Rgb)
{
    /// <summary>The hardest kind there is: a soft blob of a few colours on a plain ground, as stickers are.</summary>
    public static Pictures Sticker(int side, int seed)
    {
        var random = new Random(seed);
        var ground = Colour(random, random.Next(3) == 0 ? 255 : random.Next(256));
        var blobs = Enumerable.Range(0, 5).Select(_ => (X: side * (0.3 + 0.4 * random.NextDouble()), Y: side * (0.3 + 0.4 * random.NextDouble()), Radius: side * (0.08 + 0.2 * random.NextDouble()), Colour: Colour(random, random.Next(256)))).ToList();
        var rgb = new byte[side * side * 3];
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
                for (var channel = 0; channel < 3; channel++)
                {
                    double level = ground[channel];
                    foreach (var blob in blobs)
                    {
                        var edge = side / 64.0;
                        var cover = Math.Clamp((blob.Radius - Math.Sqrt((x - blob.X) * (x - blob.X) + (y - blob.Y) * (y - blob.Y))) / edge + 0.5, 0, 1);
                        level += cover * (blob.Colour[channel] - level);
                    }
                    rgb[(y * side + x) * 3 + channel] = (byte)Math.Round(level);
                }
        return new Pictures(side, side, rgb);
    }

    public static Pictures Read(byte[] file)
    {
        var image = ((DecodeResult.Decoded)ImageDecoder.Decode(file)).Image;
        return new Pictures(image.Width, image.Height, image.ToRgb());
    }

    public Pictures Marked(Watermark watermark, WatermarkId id) => this with { Rgb = watermark.Embed(Rgb, Width, Height, id) };

    public WatermarkFinding? Find(Watermark watermark) => watermark.Detect(Rgb, Width, Height);

    public Pictures Jpeg(int quality) => Read(ImageEncoder.Encode(Rgb, Width, Height, ImageFormat.Jpeg, quality));

    public Pictures Resized(double factor) => Resized((int)Math.Round(Width * factor), (int)Math.Round(Height * factor));

    public Pictures Resized(int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; from < Rgb.Length; from += 3, to += 4)
            (pixels[to], pixels[to + 1], pixels[to + 2], pixels[to + 3]) = (Rgb[from], Rgb[from + 1], Rgb[from + 2], 255);
        var sampling = width < Width ? new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear) : new SKSamplingOptions(SKCubicResampler.Mitchell);
        using var resized = bitmap.Resize(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), sampling);
        var rgba = resized.GetPixelSpan();
        var rgb = new byte[width * height * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
            (rgb[to], rgb[to + 1], rgb[to + 2]) = (rgba[from], rgba[from + 1], rgba[from + 2]);
        return new Pictures(width, height, rgb);
    }

    public Pictures Cut(int left, int top, int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
            Array.Copy(Rgb, ((top + y) * Width + left) * 3, rgb, y * width * 3, width * 3);
        return new Pictures(width, height, rgb);
    }

    /// <summary>A little less contrast and colour, a little lighter.</summary>
    public Pictures Faded()
    {
        var rgb = new byte[Rgb.Length];
        for (var i = 0; i < rgb.Length; i += 3)
        {
            var luma = 0.299 * Rgb[i] + 0.587 * Rgb[i + 1] + 0.114 * Rgb[i + 2];
            for (var channel = 0; channel < 3; channel++)
                rgb[i + channel] = (byte)Math.Clamp(0.95 * (luma + 0.93 * (Rgb[i + channel] - luma) - 128) + 132.5, 0, 255);
        }
        return this with { Rgb = rgb };
    }

    public Pictures Mirrored()
    {
        var rgb = new byte[Rgb.Length];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                Array.Copy(Rgb, (y * Width + x) * 3, rgb, (y * Width + Width - 1 - x) * 3, 3);
        return this with { Rgb = rgb };
    }

    /// <summary>A quarter turn to the right.</summary>
    public Pictures TurnedRight()
    {
        var rgb = new byte[Rgb.Length];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                Array.Copy(Rgb, (y * Width + x) * 3, rgb, (x * Height + Height - 1 - y) * 3, 3);
        return new Pictures(Height, Width, rgb);
    }

    /// <summary>Peak signal-to-noise ratio over all channels, in decibels.</summary>
    public double FidelityTo(Pictures other) => 10 * Math.Log10(255.0 * 255 / (Rgb.Zip(other.Rgb, (a, b) => (double)(a - b) * (a - b)).Sum() / Rgb.Length));

    private static byte[] Colour(Random random, int brightest) => [.. Enumerable.Range(0, 3).Select(_ => (byte)(brightest == 255 ? 255 : random.Next(brightest + 1)))];
}
