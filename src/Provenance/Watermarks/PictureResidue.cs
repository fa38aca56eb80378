using System.Numerics;

namespace Vitrine.Provenance;

/// <summary>
/// What a detector looks at: the luma of a picture without its slow parts, every pixel weighed by how quiet its neighbourhood is. An edge is a hundred times louder than a
/// watermark; a flat background hides nothing.
/// </summary>
internal sealed class PictureResidue
{
    /// <summary>A longer shorter side is first divided by a whole number.</summary>
    public const int LongestShortSide = 362;

    private const int BlurRadius = 4, BlurPasses = 3, NeighbourhoodRadius = 4;

    // Below this many levels of activity a neighbourhood is as quiet as it needs to be.
    private const float QuietLevels = 4;

    private PictureResidue(int width, int height, int reduction, float[] values, float[] activity) =>
        (Width, Height, Reduction, Values, Activity) = (width, height, reduction, values, activity);

    public int Width { get; }

    public int Height { get; }

    /// <summary>Pixels of the picture along a side of one value here.</summary>
    public int Reduction { get; }

    public float[] Values { get; }

    /// <summary>The mean square of what is not slow around each value, in levels of luma squared.</summary>
    public float[] Activity { get; }

    /// <param name="rgb">Rows from the top, three bytes a pixel.</param>
    public static PictureResidue Of(ReadOnlySpan<byte> rgb, int width, int height)
    {
        var reduction = (Math.Min(width, height) + LongestShortSide - 1) / LongestShortSide;
        return Of(Luma(rgb, width, height, reduction), width / reduction, height / reduction, reduction);
    }

    /// <param name="luma">Levels, row by row; used up.</param>
    public static PictureResidue Of(float[] luma, int columns, int rows, int reduction)
    {
        var slow = luma.ToArray();
        var spare = new float[luma.Length];
        for (var pass = 0; pass < BlurPasses; pass++)
            BoxBlur(slow, spare, columns, rows, BlurRadius);
        for (var i = 0; i < luma.Length; i++)
        {
            luma[i] -= slow[i];
            slow[i] = luma[i] * luma[i];
        }
        BoxBlur(slow, spare, columns, rows, NeighbourhoodRadius);
        for (var i = 0; i < luma.Length; i++)
            luma[i] /= (slow[i] = Math.Max(0, slow[i])) + QuietLevels * QuietLevels;
        return new PictureResidue(columns, rows, reduction, luma, slow);
    }

    /// <summary>The luma of a picture, of <paramref name="reduction"/> pixels along each side for one value.</summary>
    public static float[] Luma(ReadOnlySpan<byte> rgb, int width, int height, int reduction)
    {
        var (columns, rows) = (width / reduction, height / reduction);
        var luma = new float[columns * rows];
        var share = 1f / (reduction * reduction);
        for (var y = 0; y < rows * reduction; y++)
        {
            var row = rgb.Slice(y * width * 3, width * 3);
            var into = luma.AsSpan(y / reduction * columns, columns);
            var i = 0;
            for (var x = 0; x < columns; x++)
            {
                var sum = 0;
                for (var part = 0; part < reduction; part++, i += 3)
                    sum += 306 * row[i] + 601 * row[i + 1] + 117 * row[i + 2]; // ITU-R BT.601, in 1024ths.
                into[x] += sum * (share / 1024);
            }
        }
        return luma;
    }

    /// <summary>Means of squares of <paramref name="reduction"/> values a side.</summary>
    public static float[] Reduce(float[] luma, int width, int height, int reduction)
    {
        if (reduction == 1)
            return luma;
        var (columns, rows) = (width / reduction, height / reduction);
        var (reduced, share) = (new float[columns * rows], 1f / (reduction * reduction));
        for (var y = 0; y < rows * reduction; y++)
            for (var x = 0; x < columns * reduction; x++)
                reduced[y / reduction * columns + x / reduction] += share * luma[y * width + x];
        return reduced;
    }

    // The mean over a square, whose edge pixels stand in for what lies outside.
    private static void BoxBlur(Span<float> values, Span<float> spare, int columns, int rows, int radius)
    {
        var share = 1f / (2 * radius + 1);
        for (var y = 0; y < rows; y++)
        {
            Span<float> row = values.Slice(y * columns, columns), into = spare.Slice(y * columns, columns);
            var sum = row[0] * radius;
            for (var x = 0; x <= radius; x++)
                sum += row[Math.Min(x, columns - 1)];
            for (var x = 0; x < columns; x++)
            {
                into[x] = sum * share;
                sum += row[Math.Min(x + radius + 1, columns - 1)] - row[Math.Max(x - radius, 0)];
            }
        }
        var sums = new float[columns];
        for (var y = -radius; y <= radius; y++)
            Add(sums, spare.Slice(Math.Clamp(y, 0, rows - 1) * columns, columns), 1);
        for (var y = 0; y < rows; y++)
        {
            Scale(sums, values.Slice(y * columns, columns), share);
            Add(sums, spare.Slice(Math.Min(y + radius + 1, rows - 1) * columns, columns), 1);
            Add(sums, spare.Slice(Math.Max(y - radius, 0) * columns, columns), -1);
        }
    }

    private static void Add(Span<float> sums, ReadOnlySpan<float> row, float sign)
    {
        var x = 0;
        for (; x <= sums.Length - Vector<float>.Count; x += Vector<float>.Count)
            (new Vector<float>(sums[x..]) + sign * new Vector<float>(row[x..])).CopyTo(sums[x..]);
        for (; x < sums.Length; x++)
            sums[x] += sign * row[x];
    }

    private static void Scale(ReadOnlySpan<float> sums, Span<float> into, float share)
    {
        var x = 0;
        for (; x <= sums.Length - Vector<float>.Count; x += Vector<float>.Count)
            (new Vector<float>(sums[x..]) * share).CopyTo(into[x..]);
        for (; x < sums.Length; x++)
            into[x] = sums[x] * share;
    }
}
