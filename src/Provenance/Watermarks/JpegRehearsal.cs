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

    // Row k: the k-th cosine, orthonormal.
    private static readonly float[] Cosines = [.. Enumerable.Range(0, Block * Block).Select(i =>
        (float)((i < Block ? Math.Sqrt(0.125) : 0.5) * Math.Cos(Math.PI / (2 * Block) * (i / Block) * (2 * (i % Block) + 1))))];

    /// <summary>In place. Columns and rows beyond the last whole block stay as they are.</summary>
    public static void Play(Span<float> luma, int columns, int rows)
    {
        Span<float> block = stackalloc float[Block * Block], spare = stackalloc float[Block * Block];
        for (var top = 0; top + Block <= rows; top += Block)
            for (var left = 0; left + Block <= columns; left += Block)
            {
                for (var y = 0; y < Block; y++)
                    luma.Slice((top + y) * columns + left, Block).CopyTo(block[(y * Block)..]);
                TransformTurned(block, spare, forward: true);
                TransformTurned(spare, block, forward: true);
                for (var i = 0; i < block.Length; i++)
                    block[i] = Steps[i] * MathF.Round(block[i] / Steps[i]);
                TransformTurned(block, spare, forward: false);
                TransformTurned(spare, block, forward: false);
                for (var y = 0; y < Block; y++)
                    block.Slice(y * Block, Block).CopyTo(luma.Slice((top + y) * columns + left, Block));
            }
    }

    // The columns transformed, rows and columns exchanged; twice is both directions.
    private static void TransformTurned(ReadOnlySpan<float> from, Span<float> to, bool forward)
    {
        for (var k = 0; k < Block; k++)
            for (var x = 0; x < Block; x++)
            {
                var sum = 0f;
                for (var y = 0; y < Block; y++)
                    sum += (forward ? Cosines[k * Block + y] : Cosines[y * Block + k]) * from[y * Block + x];
                to[x * Block + k] = sum;
            }
    }
}
