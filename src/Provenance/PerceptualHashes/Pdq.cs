namespace Vitrine.Provenance;

/// <summary>
/// The perceptual hash PDQ, as Meta published it ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019; facebook/ThreatExchange): luma, two passes of a box
/// filter down to 64 x 64, the sixteen lowest frequencies of a cosine transform in each direction without the constant ones, and of each whether it is above
/// their median. It survives other encodings and sizes; a crop or a large overlay makes another picture of it.
/// </summary>
public static class Pdq
{
    private const int SmallestSide = 5, Reduced = 64, Kept = 16, Passes = 2;

    private static readonly float[] Cosines = CosineMatrix();

    /// <summary>The hash of a picture and of the seven others that turning and mirroring it by right angles make, without their pixels.</summary>
    /// <param name="rgb">Rows from the top, three bytes a pixel (sRGB), no padding.</param>
    /// <exception cref="ArgumentException">The bytes do not agree with the size.</exception>
    public static PdqReading Read(ReadOnlySpan<byte> rgb, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (rgb.Length != (long)width * height * 3)
            throw new ArgumentException($"{width} x {height} pixels are {(long)width * height * 3} bytes of RGB, not {rgb.Length}.", nameof(rgb));
        if (Math.Min(width, height) < SmallestSide)
            return new PdqReading(new float[Kept * Kept], Quality: 0);
        var reduced = Reduce(Luma(rgb), width, height);
        return new PdqReading(Transform(reduced), QualityOf(reduced));
    }

    private static float[] Luma(ReadOnlySpan<byte> rgb)
    {
        var luma = new float[rgb.Length / 3];
        for (int pixel = 0, i = 0; pixel < luma.Length; pixel++, i += 3)
            luma[pixel] = 0.299f * rgb[i] + 0.587f * rgb[i + 1] + 0.114f * rgb[i + 2];
        return luma;
    }

    // 64 x 64 numbers, each from the centre of its cell of the blurred picture.
    private static float[] Reduce(float[] luma, int width, int height)
    {
        if ((width, height) == (Reduced, Reduced))
            return luma;
        var spare = new float[luma.Length];
        for (var pass = 0; pass < Passes; pass++)
        {
            BlurRows(luma, spare, width, height);
            BlurColumns(spare, luma, width, height);
        }
        var reduced = new float[Reduced * Reduced];
        for (var y = 0; y < Reduced; y++)
            for (var x = 0; x < Reduced; x++)
                reduced[y * Reduced + x] = luma[(int)((y + 0.5) * height / Reduced) * width + (int)((x + 0.5) * width / Reduced)];
        return reduced;
    }

    // The reference slides a window of 1/128 of the side, rounded up, that is cut off at the edges; of an even one the longer half comes after.
    private static (int Before, int After) Window(int length)
    {
        var window = (length + 2 * Reduced - 1) / (2 * Reduced);
        return (window - 1 - window / 2, window / 2);
    }

    private static void BlurRows(ReadOnlySpan<float> from, Span<float> to, int width, int height)
    {
        var (before, after) = Window(width);
        for (var y = 0; y < height; y++)
        {
            ReadOnlySpan<float> row = from.Slice(y * width, width);
            var into = to.Slice(y * width, width);
            var sum = 0f;
            for (var x = 0; x < Math.Min(after, width); x++)
                sum += row[x];
            for (var x = 0; x < width; x++)
            {
                if (x + after < width)
                    sum += row[x + after];
                if (x - before - 1 >= 0)
                    sum -= row[x - before - 1];
                into[x] = sum / (Math.Min(x + after, width - 1) - Math.Max(x - before, 0) + 1);
            }
        }
    }

    private static void BlurColumns(ReadOnlySpan<float> from, Span<float> to, int width, int height)
    {
        var (before, after) = Window(height);
        var sums = new float[width];
        for (var y = 0; y < Math.Min(after, height); y++)
            for (var x = 0; x < width; x++)
                sums[x] += from[y * width + x];
        for (var y = 0; y < height; y++)
        {
            if (y + after < height)
                for (var x = 0; x < width; x++)
                    sums[x] += from[(y + after) * width + x];
            if (y - before - 1 >= 0)
                for (var x = 0; x < width; x++)
                    sums[x] -= from[(y - before - 1) * width + x];
            float count = Math.Min(y + after, height - 1) - Math.Max(y - before, 0) + 1;
            for (var x = 0; x < width; x++)
                to[y * width + x] = sums[x] / count;
        }
    }

    // How much there is to see, 0 to 100: the sum of all steps from cell to cell, those below 1 % of full scale not counted.
    private static int QualityOf(ReadOnlySpan<float> reduced)
    {
        const int Scaling = 90, Best = 100;
        var sum = 0;
        for (var y = 0; y < Reduced; y++)
            for (var x = 0; x < Reduced; x++)
            {
                var here = reduced[y * Reduced + x];
                if (y + 1 < Reduced)
                    sum += Math.Abs((int)((here - reduced[(y + 1) * Reduced + x]) * 100 / 255));
                if (x + 1 < Reduced)
                    sum += Math.Abs((int)((here - reduced[y * Reduced + x + 1]) * 100 / 255));
            }
        return Math.Min(Best, sum / Scaling);
    }

    private static float[] Transform(ReadOnlySpan<float> reduced)
    {
        var rows = new float[Kept * Reduced];
        for (var i = 0; i < Kept; i++)
            for (var y = 0; y < Reduced; y++)
                for (var x = 0; x < Reduced; x++)
                    rows[i * Reduced + x] += Cosines[i * Reduced + y] * reduced[y * Reduced + x];
        var transform = new float[Kept * Kept];
        for (var i = 0; i < Kept; i++)
            for (var j = 0; j < Kept; j++)
                for (var x = 0; x < Reduced; x++)
                    transform[i * Kept + j] += rows[i * Reduced + x] * Cosines[j * Reduced + x];
        return transform;
    }

    private static float[] CosineMatrix()
    {
        var matrix = new float[Kept * Reduced];
        for (var i = 0; i < Kept; i++)
            for (var j = 0; j < Reduced; j++)
                matrix[i * Reduced + j] = (float)(Math.Sqrt(2.0 / Reduced) * Math.Cos(Math.PI / (2 * Reduced) * (i + 1) * (2 * j + 1)));
        return matrix;
    }
}

/// <summary>What PDQ made of a picture.</summary>
public sealed class PdqReading
{
    private const int Kept = 16;

    private readonly float[] transform;

    internal PdqReading(float[] transform, int Quality) => (this.transform, this.Quality) = (transform, Quality);

    /// <summary>How much there was to see, 0 (nothing) to 100.</summary>
    public int Quality { get; }

    /// <summary>The picture as it came.</summary>
    public PdqHash Hash => HashOf((row, column) => transform[row * Kept + column]);

    /// <summary>The hashes of all eight ways to lay the picture down, the picture as it came first. In the cosine transform a mirror changes the signs of every other row or column.</summary>
    public IReadOnlyList<PdqHash> Dihedral =>
    [
        Hash,
        HashOf((row, column) => (column % 2 == 0 ? -1 : 1) * transform[row * Kept + column]),
        HashOf((row, column) => (row % 2 == 0 ? -1 : 1) * transform[row * Kept + column]),
        HashOf((row, column) => ((row + column) % 2 == 0 ? 1 : -1) * transform[row * Kept + column]),
        HashOf((row, column) => transform[column * Kept + row]),
        HashOf((row, column) => (column % 2 == 0 ? -1 : 1) * transform[column * Kept + row]),
        HashOf((row, column) => (row % 2 == 0 ? -1 : 1) * transform[column * Kept + row]),
        HashOf((row, column) => ((row + column) % 2 == 0 ? 1 : -1) * transform[column * Kept + row]),
    ];

    private static PdqHash HashOf(Func<int, int, float> frequency)
    {
        var values = new float[Kept * Kept];
        for (var i = 0; i < values.Length; i++)
            values[i] = frequency(i / Kept, i % Kept);
        var sorted = values.Order().ToArray();
        var median = sorted[sorted.Length / 2 - 1];
        var bytes = new byte[PdqHash.Bits / 8];
        for (var i = 0; i < values.Length; i++)
            if (values[i] > median)
                bytes[^(i / 8 + 1)] |= (byte)(1 << (i % 8));
        return new PdqHash(bytes);
    }
}
