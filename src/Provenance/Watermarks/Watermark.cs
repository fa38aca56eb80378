namespace Vitrine.Provenance;

/// <summary>
/// The invisible watermark <see cref="Algorithm"/>: a keyed spread-spectrum pattern (Cox, Kilian, Leighton and Shamoon 1997) in the luma, laid as tiles where the picture hides it and found blind, also in a picture that
/// was cropped, resized, compressed again, mirrored or turned by right angles. <c>docs/watermark.md</c> says how well, and what takes it away. Safe for concurrent use.
/// </summary>
public sealed class Watermark(WatermarkKey key)
{
    /// <summary>The name under which Content Credentials declare it (C2PA 2.x, soft binding).</summary>
    public const string Algorithm = "io.vitrine.watermark.1";

    /// <summary>A shorter side below this many pixels carries none.</summary>
    public const int SmallestSide = 64;

    private readonly WatermarkPattern pattern = new(key);

    /// <summary>Pixels with an id in them, as many as came in. The same pixels, id and key give the same result.</summary>
    /// <param name="rgb">Rows from the top, three bytes a pixel (sRGB), no padding.</param>
    /// <exception cref="ArgumentException">The picture is smaller than <see cref="SmallestSide"/>, or its bytes do not agree with its size.</exception>
    public byte[] Embed(ReadOnlySpan<byte> rgb, int width, int height, WatermarkId id)
    {
        CheckSize(rgb, width, height);
        if (Math.Min(width, height) < SmallestSide)
            throw new ArgumentException($"A watermark needs {SmallestSide} pixels along each side; the picture has {width} x {height}.", nameof(rgb));
        return WatermarkLayer.Lay(rgb, width, height, pattern, id);
    }

    /// <summary>The watermark of a picture; null if none of this key is found in it. Chance gives an unmarked picture one with a probability below 1e-9, see <see cref="WatermarkSearch"/>.</summary>
    /// <exception cref="ArgumentException">The bytes do not agree with the size.</exception>
    public WatermarkFinding? Detect(ReadOnlySpan<byte> rgb, int width, int height)
    {
        CheckSize(rgb, width, height);
        return Math.Min(width, height) < WatermarkSearch.SmallestSide ? null : new WatermarkSearch(pattern, PictureResidue.Of(rgb, width, height)).Find();
    }

    /// <summary>Pixels of a picture for one of the tile. Large pictures have a larger pattern, so that they can be made as much smaller as small ones.</summary>
    internal static int PatternScale(int shortSide)
    {
        var scale = 1;
        while (shortSide > scale * PictureResidue.LongestShortSide)
            scale *= 2;
        return scale;
    }

    private static void CheckSize(ReadOnlySpan<byte> rgb, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (rgb.Length != (long)width * height * 3)
            throw new ArgumentException($"{width} x {height} pixels are {(long)width * height * 3} bytes of RGB, not {rgb.Length}.", nameof(rgb));
    }
}

/// <summary>A watermark that was found.</summary>
/// <param name="Id">What it says.</param>
/// <param name="Turned">Whether the picture was mirrored or turned by a right angle.</param>
public sealed record WatermarkFinding(WatermarkId Id, bool Turned)
{
    /// <summary>How sure it is, in standard deviations of chance. Stays inside: whoever can ask for it can climb it step by step until the watermark is gone.</summary>
    internal float Score { get; init; }
}
