using System.Runtime.InteropServices;
using SkiaSharp;

namespace Vitrine.Media;

/// <summary>Files to pixels, after <see cref="ImageProbe"/> has let them through. No metadata of the input survives.</summary>
public static class ImageDecoder
{
    /// <summary>
    /// Memory is bounded by <see cref="ImageLimits.MostPixels"/>, time by the length of the file and <see cref="ImageLimits.MostScans"/>. Pixels are taken as
    /// sRGB; an EXIF orientation is applied, so the picture stands as its maker saw it. A file that ends too early is refused
    /// rather than filled with grey.
    /// </summary>
    public static DecodeResult Decode(ReadOnlySpan<byte> file)
    {
        var found = ImageProbe.Read(file);
        if (found is not ImageInfo info)
            return new DecodeResult.Refused((ProbeRefusal)found);
        var format = info.Format.ToString();
        using var bytes = info.Format == ImageFormat.Png
            ? SKData.CreateCopy(PngProbe.Stripped(file))
            : SKData.CreateCopy(file[..info.EncodedLength].ToArray());
        using var codec = SKCodec.Create(bytes);
        if (codec is null || (codec.Info.Width, codec.Info.Height) != (info.Width, info.Height))
            return new DecodeResult.Refused(ProbeRefusal.Damaged(format));
        var pixels = new byte[info.Width * info.Height * 4];
        var wanted = new SKImageInfo(info.Width, info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var pinned = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        try
        {
            if (codec.GetPixels(wanted, pinned.AddrOfPinnedObject()) != SKCodecResult.Success)
                return new DecodeResult.Refused(ProbeRefusal.Damaged(format));
        }
        finally
        {
            pinned.Free();
        }
        return new DecodeResult.Decoded(Orientation.Upright(
            new DecodedImage(info.Width, info.Height, pixels, info.HasAlpha), (int)codec.EncodedOrigin));
    }
}

/// <summary>Either pixels or the reason why not.</summary>
public abstract record DecodeResult
{
    private DecodeResult()
    {
    }

    public sealed record Decoded(DecodedImage Image) : DecodeResult;

    public sealed record Refused(ProbeRefusal Refusal) : DecodeResult;
}
