namespace Vitrine.Media;

/// <summary>
/// Looks at the frame of an encoded picture before any decoder may: the type by its first bytes, never by a declared name; the
/// dimensions from the headers; the structure to its end. Nothing is decoded or copied, and the time is linear in the length.
/// </summary>
public static class ImageProbe
{
    public static ProbeResult Read(ReadOnlySpan<byte> file)
    {
        if (file.Length > ImageLimits.MostBytes)
            return ProbeRefusal.TooLarge;
        if (file.StartsWith(PngChunks.Signature))
            return PngProbe.Read(file);
        if (file is [0xFF, 0xD8, 0xFF, ..])
            return JpegProbe.Read(file);
        if (file.Length >= 12 && file[..4].SequenceEqual("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8))
            return WebpProbe.Read(file);
        return ProbeRefusal.Unsupported;
    }

    internal static bool Fits(uint width, uint height) =>
        width is > 0 and <= ImageLimits.LongestSide && height is > 0 and <= ImageLimits.LongestSide
        && width * height <= ImageLimits.MostPixels;
}
