namespace Vitrine.Inference;

/// <summary>A picture between stages: three planes R, G, B of floats in 0..255, each row by row from the top.</summary>
internal sealed class PlanarImage(int width, int height)
{
    public int Width => width;

    public int Height => height;

    /// <summary>3 x height x width numbers.</summary>
    public float[] Values { get; } = new float[3 * width * height];

    public Span<float> Row(int channel, int y) => Values.AsSpan((channel * height + y) * width, width);

    /// <summary>Rounds to bytes, interleaved.</summary>
    public RgbImage ToRgb()
    {
        var (plane, pixels) = (width * height, new byte[3 * width * height]);
        for (var i = 0; i < plane; i++)
            for (var c = 0; c < 3; c++)
                pixels[3 * i + c] = (byte)(Math.Clamp(Values[c * plane + i], 0, 255) + 0.5f);
        return new RgbImage(width, height, pixels);
    }
}
