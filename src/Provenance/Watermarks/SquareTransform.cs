using System.Numerics;

namespace Vitrine.Provenance;

/// <summary>
/// The discrete Fourier transform of a square whose side is a power of two (Cooley and Tukey 1965), unscaled in both directions. Numbers lie in rows, real and
/// imaginary parts apart, so that neighbouring columns share one vector instruction.
/// </summary>
internal sealed class SquareTransform
{
    private readonly int side;
    private readonly int[] reversed;
    private readonly float[] cosines, sines;

    public SquareTransform(int side)
    {
        if (!BitOperations.IsPow2(side) || side < Vector<float>.Count)
            throw new ArgumentOutOfRangeException(nameof(side), side, "The side is a power of two that fills a vector.");
        this.side = side;
        var bits = BitOperations.Log2((uint)side);
        reversed = [.. Enumerable.Range(0, side).Select(i => Enumerable.Range(0, bits).Sum(bit => (i >> bit & 1) << (bits - 1 - bit)))];
        cosines = [.. Enumerable.Range(0, side / 2).Select(i => (float)Math.Cos(2 * Math.PI * i / side))];
        sines = [.. Enumerable.Range(0, side / 2).Select(i => (float)Math.Sin(2 * Math.PI * i / side))];
    }

    /// <summary>Sums of value · exp(-2πi (k·x)/side) in place.</summary>
    public void Forward(Span<float> real, Span<float> imaginary) => Both(real, imaginary, -1);

    /// <summary>Sums of value · exp(+2πi (k·x)/side) in place.</summary>
    public void Inverse(Span<float> real, Span<float> imaginary) => Both(real, imaginary, 1);

    private void Both(Span<float> real, Span<float> imaginary, float sign)
    {
        Columns(real, imaginary, sign);
        Transpose(real);
        Transpose(imaginary);
        Columns(real, imaginary, sign);
        Transpose(real);
        Transpose(imaginary);
    }

    private void Columns(Span<float> real, Span<float> imaginary, float sign)
    {
        for (var i = 0; i < side; i++)
            if (reversed[i] > i)
            {
                SwapRows(real, i, reversed[i]);
                SwapRows(imaginary, i, reversed[i]);
            }
        for (var half = 1; half < side; half *= 2)
            for (var block = 0; block < side; block += 2 * half)
                for (var i = 0; i < half; i++)
                {
                    var turn = i * (side / (2 * half));
                    Butterflies(real, imaginary, (block + i) * side, (block + i + half) * side, cosines[turn], sign * sines[turn]);
                }
    }

    private void Butterflies(Span<float> real, Span<float> imaginary, int upper, int lower, float cosine, float sine)
    {
        Span<float> upperReal = real.Slice(upper, side), upperImaginary = imaginary.Slice(upper, side), lowerReal = real.Slice(lower, side), lowerImaginary = imaginary.Slice(lower, side);
        for (var x = 0; x < side; x += Vector<float>.Count)
        {
            Vector<float> a = new(lowerReal[x..]), b = new(lowerImaginary[x..]), c = new(upperReal[x..]), d = new(upperImaginary[x..]);
            var (turnedReal, turnedImaginary) = (a * cosine - b * sine, a * sine + b * cosine);
            (c + turnedReal).CopyTo(upperReal[x..]);
            (d + turnedImaginary).CopyTo(upperImaginary[x..]);
            (c - turnedReal).CopyTo(lowerReal[x..]);
            (d - turnedImaginary).CopyTo(lowerImaginary[x..]);
        }
    }

    private void SwapRows(Span<float> values, int one, int other)
    {
        Span<float> a = values.Slice(one * side, side), b = values.Slice(other * side, side);
        for (var x = 0; x < side; x++)
            (a[x], b[x]) = (b[x], a[x]);
    }

    private void Transpose(Span<float> values)
    {
        const int Block = 16;
        for (var top = 0; top < side; top += Block)
            for (var left = top; left < side; left += Block)
                for (var y = top; y < Math.Min(top + Block, side); y++)
                    for (var x = Math.Max(left, y + 1); x < Math.Min(left + Block, side); x++)
                        (values[y * side + x], values[x * side + y]) = (values[x * side + y], values[y * side + x]);
    }
}
