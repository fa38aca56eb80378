using System.Numerics;

namespace Vitrine.Provenance;

/// <summary>
/// The error correction of a watermark: 48 bits to 192, a convolutional code of rate 1/4 and constraint length 9 with the generators 463, 535, 733, 745 (octal, free
/// distance 24; Larsen 1973), closed to a ring, so that no bits are spent on its ends. Decoded from soft values by Viterbi's algorithm going
/// round the ring (Shao, Lin and Fossorier 2003).
/// </summary>
internal static class TailBitingCode
{
    public const int CodedBits = WatermarkId.Bits * Branch;

    private const int Branch = 4, Memory = 8, States = 1 << Memory, MostRounds = 4;

    private static readonly int[] Generators = [0b100110011, 0b101011101, 0b111011011, 0b111100101];

    // The four coded bits for every content of the register: eight bits of the past and the new one.
    private static readonly byte[] Outputs = [.. Enumerable.Range(0, 2 * States).Select(register =>
        (byte)Enumerable.Range(0, Branch).Sum(bit => (BitOperations.PopCount((uint)(register & Generators[bit])) & 1) << bit))];

    /// <summary>The coded bits as 1 and -1.</summary>
    public static sbyte[] Encode(WatermarkId id)
    {
        var coded = new sbyte[CodedBits];
        var state = 0;
        for (var i = WatermarkId.Bits - Memory; i < WatermarkId.Bits; i++)
            state = state << 1 | Bit(id, i);
        for (var i = 0; i < WatermarkId.Bits; i++)
        {
            var register = state << 1 | Bit(id, i);
            for (var bit = 0; bit < Branch; bit++)
                coded[Branch * i + bit] = (sbyte)(1 - 2 * (Outputs[register] >> bit & 1));
            state = register & (States - 1);
        }
        return coded;
    }

    /// <summary>The id whose code goes best with the soft values: positive for 1, negative for -1, larger for surer.</summary>
    public static WatermarkId Decode(ReadOnlySpan<float> soft)
    {
        Span<float> metrics = stackalloc float[States], next = stackalloc float[States], gains = stackalloc float[1 << Branch];
        var choices = new ulong[WatermarkId.Bits * States / 64];
        metrics.Clear();
        for (var round = 1; ; round++)
        {
            Array.Clear(choices);
            for (var i = 0; i < WatermarkId.Bits; i++)
            {
                Gains(soft.Slice(Branch * i, Branch), gains);
                Step(metrics, next, gains, choices.AsSpan(i * States / 64));
                var swap = metrics;
                metrics = next;
                next = swap;
            }
            var end = 0;
            for (var state = 1; state < States; state++)
                if (metrics[state] > metrics[end])
                    end = state;
            var (id, start) = TraceBack(choices, end);
            if (start == end || round == MostRounds)
                return id;
        }
    }

    private static int Bit(WatermarkId id, int place) => (int)(id.Value >> (WatermarkId.Bits - 1 - place)) & 1;

    private static void Gains(ReadOnlySpan<float> soft, Span<float> gains)
    {
        for (var output = 0; output < gains.Length; output++)
        {
            var gain = 0f;
            for (var bit = 0; bit < Branch; bit++)
                gain += (output >> bit & 1) == 0 ? soft[bit] : -soft[bit];
            gains[output] = gain;
        }
    }

    private static void Step(ReadOnlySpan<float> from, Span<float> to, ReadOnlySpan<float> gains, Span<ulong> choices)
    {
        for (var state = 0; state < States; state++)
        {
            // The oldest bit of the past is what two predecessors differ in.
            var (low, high) = (state >> 1, state >> 1 | States / 2);
            var (stay, leave) = (from[low] + gains[Outputs[low << 1 | state & 1]], from[high] + gains[Outputs[high << 1 | state & 1]]);
            to[state] = Math.Max(stay, leave);
            if (leave > stay)
                choices[state >> 6] |= 1UL << (state & 63);
        }
    }

    private static (WatermarkId Id, int Start) TraceBack(ReadOnlySpan<ulong> choices, int state)
    {
        var value = 0L;
        for (var i = WatermarkId.Bits - 1; i >= 0; i--)
        {
            value |= (long)(state & 1) << (WatermarkId.Bits - 1 - i);
            var oldest = (int)(choices[i * States / 64 + (state >> 6)] >> (state & 63)) & 1;
            state = state >> 1 | oldest << (Memory - 1);
        }
        return (new WatermarkId(value), state);
    }
}
