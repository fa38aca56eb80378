namespace Vitrine.Inference;

/// <summary>A picture between stages: three planes R, G, B of floats in 0..255, each row by row from the top.</summary>
internal sealed class PlanarImage(int width, int height)
{
    public int Width => width;

    public int Height => height;

    /// <summary>3 x height x width numbers.</summary>
    public float[] Values { get; } = new float[3 * width * height];

    public Span<float> Row(int channel, int y) => Values.AsSpan((channel * height + y) * width, width);

    /// <summary>The same pixels as numbers.</summary>
    public static PlanarImage From(RgbImage image) => Crop(image, 0, 0, image.Width, image.Height);

    /// <summary>The square in the middle, resized.</summary>
    public static PlanarImage FromSquareOf(RgbImage image, int side)
    {
        var shorter = Math.Min(image.Width, image.Height);
        return Resampling.Resize(Crop(image, (image.Width - shorter) / 2, (image.Height - shorter) / 2, shorter, shorter), side, side);
    }

    private static PlanarImage Crop(RgbImage image, int left, int top, int width, int height)
    {
        var crop = new PlanarImage(width, height);
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < height; y++)
            {
                var row = crop.Row(c, y);
                for (var x = 0; x < width; x++)
                    row[x] = image.Pixels[3 * ((top + y) * image.Width + left + x) + c];
            }
        return crop;
    }

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
