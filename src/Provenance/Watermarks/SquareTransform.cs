using System.Numerics;

namespace Vitrine.Provenance;

/// <summary>
/// The discrete Fourier transform of a square whose side is a power of two (Cooley and Tukey 1965), unscaled in both directions. Numbers lie in rows, real and
/// imaginary parts apart, so that neighbouring columns share one vector instruction.
/// </summary>
internal sealed class SquareTransform
{
    private static readonly SquareTransform?[] Made = new SquareTransform?[32];

    private readonly int side;
    private readonly int[] reversed;
    private readonly float[] cosines, sines;

    /// <summary>The transform of squares of a side; safe for concurrent use.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The side is no power of two, or less than a vector.</exception>
    public static SquareTransform OfSide(int side) => Made[BitOperations.Log2((uint)side)] is { } made && made.side == side ? made : Made[BitOperations.Log2((uint)side)] = new(side);

    private SquareTransform(int side)
    {
        if (!BitOperations.IsPow2(side) || side < Vector<float>.Count)
            throw new ArgumentOutOfRangeException(nameof(side), side, "The side is a power of two that fills a vector.");
        this.side = side;
        var bits = BitOperations.Log2((uint)side);
        reversed = [.. Enumerable.Range(0, side).Select(i => Enumerable.Range(0, bits).Sum(bit => (i >> bit & 1) << (bits - 1 - bit)))];
        cosines = [.. Enumerable.Range(0, side / 2).Select(i => (float)Math.Cos(2 * Math.PI * i / side))];
        sines = [.. Enumerable.Range(0, side / 2).Select(i => (float)Math.Sin(2 * Math.PI * i / side))];
    }

    /// <summary>Sums of value · exp(-2πi (k·x)/side) in place; of the waves only those that fit in no more often than <paramref name="highest"/> times, the rest is left undefined.</summary>
    /// <param name="filled">All columns from this one on are zero.</param>
    /// <param name="highest">At least this many times in either direction, mirror images included.</param>
    public void Forward(Span<float> real, Span<float> imaginary, int filled, int highest)
    {
        var (low, high) = (Whole(highest + 1), side - Whole(highest));
        if (low >= high)
            (low, high) = (side, side);
        Columns(real, imaginary, -1, 0, Whole(filled));
        Transpose(real, side, side);
        Transpose(imaginary, side, side);
        Columns(real, imaginary, -1, 0, low);
        Columns(real, imaginary, -1, high, side);
        Transpose(real, low, high);
        Transpose(imaginary, low, high);
    }

    /// <summary>Sums of value · exp(+2πi (k·x)/side) in place.</summary>
    public void Inverse(Span<float> real, Span<float> imaginary)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            Columns(real, imaginary, 1, 0, side);
            Transpose(real, side, side);
            Transpose(imaginary, side, side);
        }
    }

    // Columns that fill vectors.
    private int Whole(int columns) => Math.Min((columns + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count, side);

    private void Columns(Span<float> real, Span<float> imaginary, float sign, int from, int to)
    {
        if (from >= to)
            return;
        for (var i = 0; i < side; i++)
            if (reversed[i] > i)
            {
                SwapRows(real, i * side + from, reversed[i] * side + from, to - from);
                SwapRows(imaginary, i * side + from, reversed[i] * side + from, to - from);
            }
        for (var half = 1; half < side; half *= 2)
            for (var block = 0; block < side; block += 2 * half)
                for (var i = 0; i < half; i++)
                {
                    var turn = i * (side / (2 * half));
                    Butterflies(real, imaginary, (block + i) * side + from, (block + i + half) * side + from, to - from, cosines[turn], sign * sines[turn]);
                }
    }

    private static void Butterflies(Span<float> real, Span<float> imaginary, int upper, int lower, int columns, float cosine, float sine)
    {
        Span<float> upperReal = real.Slice(upper, columns), upperImaginary = imaginary.Slice(upper, columns), lowerReal = real.Slice(lower, columns), lowerImaginary = imaginary.Slice(lower, columns);
        for (var x = 0; x < columns; x += Vector<float>.Count)
        {
            Vector<float> a = new(lowerReal[x..]), b = new(lowerImaginary[x..]), c = new(upperReal[x..]), d = new(upperImaginary[x..]);
            var (turnedReal, turnedImaginary) = (a * cosine - b * sine, a * sine + b * cosine);
            (c + turnedReal).CopyTo(upperReal[x..]);
            (d + turnedImaginary).CopyTo(upperImaginary[x..]);
            (c - turnedReal).CopyTo(lowerReal[x..]);
            (d - turnedImaginary).CopyTo(lowerImaginary[x..]);
        }
    }

    private static void SwapRows(Span<float> values, int one, int other, int columns)
    {
        Span<float> a = values.Slice(one, columns), b = values.Slice(other, columns);
        for (var x = 0; x < columns; x += Vector<float>.Count)
        {
            Vector<float> first = new(a[x..]), second = new(b[x..]);
            second.CopyTo(a[x..]);
            first.CopyTo(b[x..]);
        }
    }

    // Exchanges rows and columns; of each only those below the one and from the other on.
    private void Transpose(Span<float> values, int below, int from)
    {
        const int Block = 16;
        for (var top = 0; top < side; top += Block)
        {
            if (top >= below && top + Block <= from)
                continue;
            for (var left = top; left < side; left += Block)
            {
                if (left >= below && left + Block <= from)
                    continue;
                for (var y = top; y < Math.Min(top + Block, side); y++)
                    for (var x = Math.Max(left, y + 1); x < Math.Min(left + Block, side); x++)
                        (values[y * side + x], values[x * side + y]) = (values[x * side + y], values[y * side + x]);
            }
        }
    }
}
