namespace Vitrine.Inference;

/// <summary>
/// Philox4x32-10, the counter-based random generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
/// (SC 2011, section 3.3 and table 2). Number i of a stream is a function of (seed, i) alone: no state, so a picture's noise cannot depend on its
/// neighbours, on the order of drawing or on where a resumed run begins.
/// </summary>
public static class Philox
{
    private const uint MultiplierA = 0xD2511F53, MultiplierB = 0xCD9E8D57;
    private const uint WeylA = 0x9E3779B9, WeylB = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Four random words for a counter of four words and a key of two, as in the paper's known-answer tests.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var a = (ulong)MultiplierA * c0;
            var b = (ulong)MultiplierB * c2;
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ k0, (uint)b, (uint)(a >> 32) ^ c3 ^ k1, (uint)a);
            unchecked
            {
                k0 += WeylA;
                k1 += WeylB;
            }
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// Fills a span with standard normal numbers 0, 1, 2 … of a seed. The key is the seed (low word first), the counter is (block, stream, 0, 0), and the
    /// words of a block become four numbers by Box and Muller's transform, in double precision, rounded once. Stream 0 is the noise of pictures; others
    /// are for whoever needs more noise of the same seed.
    /// </summary>
    public static void FillNormal(ulong seed, Span<float> numbers, uint stream = 0)
    {
        Span<float> block = stackalloc float[4];
        for (var i = 0; i < numbers.Length; i += 4)
        {
            var (x0, x1, x2, x3) = Block((uint)(i / 4), stream, 0, 0, (uint)seed, (uint)(seed >> 32));
            (block[0], block[1]) = BoxMuller(x0, x1);
            (block[2], block[3]) = BoxMuller(x2, x3);
            block[..Math.Min(4, numbers.Length - i)].CopyTo(numbers[i..]);
        }
    }

    private static (float, float) BoxMuller(uint a, uint b)
    {
        const double Unit = 1.0 / 4294967296.0;
        var radius = Math.Sqrt(-2 * Math.Log((a + 1.0) * Unit)); // (0, 1], so the logarithm is finite.
        var (sin, cos) = Math.SinCos(2 * Math.PI * (b * Unit));
        return ((float)(radius * cos), (float)(radius * sin));
    }
}
