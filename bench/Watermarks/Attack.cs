using SkiaSharp;
using Vitrine.Media;

namespace Vitrine.Bench;

/// <summary>Something that happens to pictures in the world, and how many of them should come through it.</summary>
/// <param name="Asked">Per cent of the messages to recover, or null where nothing was asked.</param>
internal sealed record Attack(string Name, double? Asked, Func<Pixels, Random, Pixels> Do)
{
    public static IReadOnlyList<Attack> All { get; } =
    [
        new("none", 99, (picture, _) => picture),
        new("JPEG 50", 95, (picture, _) => picture.Jpeg(50)),
        new("resized to 50 % and back", 95, (picture, _) => picture.Resized(0.5).Resized(picture.Width, picture.Height)),
        new("cropped by 20 % of each side", 90, (picture, random) => picture.Cropped(0.2, random)),
        new("screenshot: 75 % of the size, JPEG 75, faded", 90, (picture, _) => picture.Resized(0.75).Jpeg(75).Faded()),
        new("screenshot: 140 % of the size, JPEG 75, faded", 90, (picture, _) => picture.Resized(1.4).Jpeg(75).Faded()),
        new("screenshot and crop: 10 % off each side, 80 % of the size, JPEG 75, faded", null, (picture, random) => picture.Cropped(0.1, random).Resized(0.8).Jpeg(75).Faded()),
        new("resized to 50 %, left so, JPEG 60", null, (picture, _) => picture.Resized(0.5).Jpeg(60)),
        new("JPEG 30", null, (picture, _) => picture.Jpeg(30)),
        new("WebP 50", null, (picture, _) => picture.WebP(50)),
        new("resized to 50 %, left so", null, (picture, _) => picture.Resized(0.5)),
        new("cropped by 40 % of each side", null, (picture, random) => picture.Cropped(0.4, random)),
        new("mirrored", null, (picture, _) => picture.Mirrored()),
        new("noise of 8 levels", null, (picture, random) => picture.Noisy(8, random)),
        new("rotated by 2 degrees", null, (picture, _) => picture.Rotated(2)),
    ];
}

/// <summary>A picture on its way: rows from the top, three bytes a pixel.</summary>
internal sealed record Pixels(int Width, int Height, byte[] Rgb)
{
    public Pixels Jpeg(int quality) => Read(ImageEncoder.Encode(Rgb, Width, Height, ImageFormat.Jpeg, quality))!;

    public Pixels WebP(int quality) => Read(ImageEncoder.Encode(Rgb, Width, Height, ImageFormat.Webp, quality))!;

    public Pixels Resized(double factor) => Resized((int)Math.Round(Width * factor), (int)Math.Round(Height * factor));

    public Pixels Resized(int width, int height)
    {
        using var bitmap = ToBitmap();
        var sampling = width < Width ? new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear) : new SKSamplingOptions(SKCubicResampler.Mitchell);
        using var resized = bitmap.Resize(Info(width, height), sampling);
        return Of(resized);
    }

    public Pixels Cropped(double part, Random random)
    {
        var (width, height) = ((int)(Width * (1 - part)), (int)(Height * (1 - part)));
        return Cut(random.Next(Width - width + 1), random.Next(Height - height + 1), width, height);
    }

    public Pixels Cut(int left, int top, int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
            Array.Copy(Rgb, ((top + y) * Width + left) * 3, rgb, y * width * 3, width * 3);
        return new(width, height, rgb);
    }

    /// <summary>Contrast 95 %, colour 93 %, five levels lighter.</summary>
    public Pixels Faded()
    {
        var rgb = new byte[Rgb.Length];
        for (var i = 0; i < rgb.Length; i += 3)
        {
            var luma = 0.299 * Rgb[i] + 0.587 * Rgb[i + 1] + 0.114 * Rgb[i + 2];
            for (var channel = 0; channel < 3; channel++)
                rgb[i + channel] = (byte)Math.Clamp(0.95 * (luma + 0.93 * (Rgb[i + channel] - luma) - 128) + 133.5, 0, 255);
        }
        return this with { Rgb = rgb };
    }

    public Pixels Mirrored()
    {
        var rgb = new byte[Rgb.Length];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                Array.Copy(Rgb, (y * Width + x) * 3, rgb, (y * Width + Width - 1 - x) * 3, 3);
        return this with { Rgb = rgb };
    }

    /// <summary>Normal noise of a standard deviation, by Box and Muller.</summary>
    public Pixels Noisy(double levels, Random random) => this with
    {
        Rgb = [.. Rgb.Select(level => (byte)Math.Clamp(level + 0.5 + levels * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()), 0, 255))],
    };

    public Pixels Rotated(float degrees)
    {
        using var bitmap = ToBitmap();
        using var rotated = new SKBitmap(Info(Width, Height));
        using var canvas = new SKCanvas(rotated);
        canvas.Clear(SKColors.White);
        canvas.RotateDegrees(degrees, Width / 2f, Height / 2f);
        using var image = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(image, 0, 0, new SKSamplingOptions(SKCubicResampler.Mitchell));
        canvas.Flush();
        return Of(rotated);
    }

    private static Pixels? Read(byte[] file) =>
        ImageDecoder.Decode(file) is DecodeResult.Decoded { Image: var image } ? new Pixels(image.Width, image.Height, image.ToRgb()) : null;

    private static SKImageInfo Info(int width, int height) => new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);

    private SKBitmap ToBitmap()
    {
        var bitmap = new SKBitmap(Info(Width, Height));
        var pixels = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; from < Rgb.Length; from += 3, to += 4)
            (pixels[to], pixels[to + 1], pixels[to + 2], pixels[to + 3]) = (Rgb[from], Rgb[from + 1], Rgb[from + 2], 255);
        return bitmap;
    }

    public static Pixels Of(SKBitmap bitmap)
    {
        var pixels = bitmap.GetPixelSpan();
        var rgb = new byte[bitmap.Width * bitmap.Height * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
            (rgb[to], rgb[to + 1], rgb[to + 2]) = (pixels[from], pixels[from + 1], pixels[from + 2]);
        return new(bitmap.Width, bitmap.Height, rgb);
    }
}
