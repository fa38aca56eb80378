using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Vitrine.Provenance;

/// <summary>What the luma of a picture comes to under JPEG's quantisation at quality 50 (ITU-T T.81, table K.1): the rehearsal of what most often wears a watermark down.</summary>
internal static class JpegRehearsal
{
    private const int Block = 8;

    private static readonly float[] Steps =
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ];

    // Row k: the k-th cosine, orthonormal; and the same with rows and columns exchanged.
    private static readonly float[] Cosines = [.. Enumerable.Range(0, Block * Block).Select(i =>
        (float)((i < Block ? Math.Sqrt(0.125) : 0.5) * Math.Cos(Math.PI / (2 * Block) * (i / Block) * (2 * (i % Block) + 1))))];

    private static readonly float[] Turned = [.. Enumerable.Range(0, Block * Block).Select(i => Cosines[i % Block * Block + i / Block])];

    /// <summary>In place. Columns and rows beyond the last whole block stay as they are.</summary>
    public static void Play(Span<float> luma, int columns, int rows)
    {
        Span<Vector256<float>> block = stackalloc Vector256<float>[Block], spare = stackalloc Vector256<float>[Block];
        ReadOnlySpan<Vector256<float>> steps = MemoryMarshal.Cast<float, Vector256<float>>(Steps), cosines = MemoryMarshal.Cast<float, Vector256<float>>(Cosines), turned = MemoryMarshal.Cast<float, Vector256<float>>(Turned);
        for (var top = 0; top + Block <= rows; top += Block)
            for (var left = 0; left + Block <= columns; left += Block)
            {
                for (var y = 0; y < Block; y++)
                    block[y] = Vector256.Create<float>(luma.Slice((top + y) * columns + left, Block));
                Columns(block, spare, Cosines);
                Rows(spare, block, turned);
                for (var y = 0; y < Block; y++)
                    block[y] = steps[y] * Vector256.Round(block[y] / steps[y]);
                Columns(block, spare, Turned);
                Rows(spare, block, cosines);
                for (var y = 0; y < Block; y++)
                    block[y].CopyTo(luma.Slice((top + y) * columns + left, Block));
            }
    }

    // Row k of the result: the rows, each times its value in row k of the matrix. Multiplied and added apart, so that every processor makes the same of it.
    private static void Columns(ReadOnlySpan<Vector256<float>> from, Span<Vector256<float>> to, ReadOnlySpan<float> matrix)
    {
        for (var k = 0; k < Block; k++)
        {
            var sum = Vector256<float>.Zero;
            for (var y = 0; y < Block; y++)
                sum += Vector256.Create(matrix[k * Block + y]) * from[y];
            to[k] = sum;
        }
    }

    // Within each row: the rows of the matrix, each times one of the row's values.
    private static void Rows(ReadOnlySpan<Vector256<float>> from, Span<Vector256<float>> to, ReadOnlySpan<Vector256<float>> matrix)
    {
        for (var y = 0; y < Block; y++)
        {
            var (row, sum) = (from[y], Vector256<float>.Zero);
            for (var x = 0; x < Block; x++)
                sum += Vector256.Create(row[x]) * matrix[x];
            to[y] = sum;
        }
    }
}
