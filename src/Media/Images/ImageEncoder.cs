using System.Runtime.InteropServices;
using SkiaSharp;

namespace Vitrine.Media;

/// <summary>
/// Pixels to files, without metadata. The same pixels, format and quality give the same bytes on the same build of the codecs;
/// identity across builds is a matter of pixels, not of files.
/// </summary>
public static class ImageEncoder
{
    /// <param name="rgb">Rows from the top, three bytes a pixel (sRGB red, green, blue), no padding: width · height · 3 bytes.</param>
    /// <param name="width">1..4096 pixels.</param>
    /// <param name="height">1..4096 pixels.</param>
    /// <param name="quality">
    /// 0..100. PNG ignores it. JPEG keeps full colour resolution (4:4:4) from 90 on and halves it below. WebP at 100 is lossless, below it is
    /// lossy.
    /// </param>
    /// <exception cref="ArgumentException">The sizes do not agree or are out of range.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height, ImageFormat format, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, ImageLimits.LongestSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, ImageLimits.LongestSide);
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        if (rgb.Length != width * height * 3)
            throw new ArgumentException($"{width} × {height} pixels are {width * height * 3} bytes of RGB, not {rgb.Length}.", nameof(rgb));
        return format switch
        {
            ImageFormat.Png => PngWriter.Write(rgb, width, height),
            ImageFormat.Jpeg => EncodeJpeg(rgb, width, height, quality),
            ImageFormat.Webp => EncodeWebp(rgb, width, height, quality),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
        };
    }

    private static byte[] EncodeJpeg(ReadOnlySpan<byte> rgb, int width, int height, int quality)
    {
        var sampling = quality >= 90 ? SKJpegEncoderDownsample.Downsample444 : SKJpegEncoderDownsample.Downsample420;
        using var pixels = Pixels(rgb, width, height);
        using var encoded = pixels.PeekPixels().Encode(new SKJpegEncoderOptions(quality, sampling, SKJpegEncoderAlphaOption.Ignore));
        return Bytes(encoded, "JPEG");
    }

    private static byte[] EncodeWebp(ReadOnlySpan<byte> rgb, int width, int height, int quality)
    {
        // For lossless WebP the number means effort, not fidelity.
        const float LosslessEffort = 20;
        var options = quality == 100
            ? new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, LosslessEffort)
            : new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality);
        using var pixels = Pixels(rgb, width, height);
        using var encoded = pixels.PeekPixels().Encode(options);
        return Bytes(encoded, "WebP");
    }

    // Skia has no type of three bytes a pixel, so the fourth is filled in here. No colour space: then none is written to the file.
    private static SKBitmap Pixels(ReadOnlySpan<byte> rgb, int width, int height)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var target = MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan());
        for (int pixel = 0, i = 0; pixel < target.Length; pixel++, i += 3)
            target[pixel] = 0xFF000000u | (uint)rgb[i + 2] << 16 | (uint)rgb[i + 1] << 8 | rgb[i];
        return bitmap;
    }

    private static byte[] Bytes(SKData? encoded, string format) =>
        encoded?.ToArray() ?? throw new InvalidOperationException($"The {format} encoder refused pixels that were checked before.");
}
