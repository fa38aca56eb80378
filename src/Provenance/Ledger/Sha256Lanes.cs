using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// SHA-256 (FIPS 180-4) of eight short messages at once, one in each lane of a vector. A tree hashes little and often: a call of the system's library takes half a
/// microsecond before it looks at the first byte, which was most of the time of verifying a log. Everything that is hashed here is public, and nothing is kept.
/// </summary>
internal static class Sha256Lanes
{
    /// <summary>Messages at once.</summary>
    public const int Lanes = 8;

    private const int BlockSize = 64;

    /// <summary>Bytes that one group of messages may take while it is hashed; longer ones go one by one through the library.</summary>
    private const int MaxPadded = 2048;

    /// <summary>Where the processor has no such vectors, the library is faster.</summary>
    public static bool AreFast => Vector256.IsHardwareAccelerated;

    private static readonly uint[] K =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private static readonly uint[] H = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    /// <summary>The leaf hashes (RFC 9162, section 2.1.1) of entries that lie in one buffer.</summary>
    public static void Leaves(ReadOnlySpan<byte> buffer, ReadOnlySpan<Range> entries, Span<TreeHash> hashes)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(Lanes * MaxPadded);
        Span<int> blocks = stackalloc int[Lanes];
        var i = 0;
        for (; AreFast && i + Lanes <= entries.Length; i += Lanes)
        {
            var most = 0;
            for (var lane = 0; lane < Lanes; lane++)
            {
                blocks[lane] = BlocksOf(1 + entries[i + lane].GetOffsetAndLength(buffer.Length).Length);
                most = Math.Max(most, blocks[lane]);
            }
            var stride = most * BlockSize;
            if (stride > MaxPadded)
            {
                for (var lane = 0; lane < Lanes; lane++) hashes[i + lane] = TreeHash.OfLeaf(buffer[entries[i + lane]]);
                continue;
            }
            for (var lane = 0; lane < Lanes; lane++)
            {
                var entry = buffer[entries[i + lane]];
                var message = scratch.AsSpan(lane * stride, blocks[lane] * BlockSize);
                message[0] = 0;
                entry.CopyTo(message[1..]);
                Pad(message, 1 + entry.Length);
            }
            Hash(scratch, stride, blocks, most, hashes.Slice(i, Lanes));
        }
        for (; i < entries.Length; i++) hashes[i] = TreeHash.OfLeaf(buffer[entries[i]]);
        ArrayPool<byte>.Shared.Return(scratch);
    }

    /// <summary>The hashes of the nodes over pairs of hashes. Both may lie in the same place: <paramref name="nodes"/> may be the first half of <paramref name="children"/>.</summary>
    public static void Nodes(ReadOnlySpan<TreeHash> children, Span<TreeHash> nodes)
    {
        const int stride = 2 * BlockSize;
        Span<byte> scratch = stackalloc byte[Lanes * stride];
        Span<int> blocks = stackalloc int[Lanes];
        blocks.Fill(2);
        var (count, i) = (children.Length / 2, 0);
        for (; AreFast && i + Lanes <= count; i += Lanes)
        {
            for (var lane = 0; lane < Lanes; lane++)
            {
                var message = scratch.Slice(lane * stride, stride);
                message[0] = 1;
                children[2 * (i + lane)].CopyTo(message[1..]);
                children[2 * (i + lane) + 1].CopyTo(message[(1 + TreeHash.Size)..]);
                Pad(message, 1 + 2 * TreeHash.Size);
            }
            Hash(scratch, stride, blocks, 2, nodes.Slice(i, Lanes));
        }
        for (; i < count; i++) nodes[i] = TreeHash.OfNode(children[2 * i], children[2 * i + 1]);
    }

    private static int BlocksOf(int length) => (length + 1 + sizeof(ulong) + BlockSize - 1) / BlockSize;

    // FIPS 180-4, section 5.1.1: a one bit, zeros, and the length in bits at the end of the last block.
    private static void Pad(Span<byte> message, int length)
    {
        message[length] = 0x80;
        message[(length + 1)..^sizeof(ulong)].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(message[^sizeof(ulong)..], (ulong)length * 8);
    }

    // FIPS 180-4, section 6.2.2, over the messages that lie a stride apart. A lane whose message has ended keeps its state.
    private static void Hash(ReadOnlySpan<byte> messages, int stride, ReadOnlySpan<int> blocks, int most, Span<TreeHash> hashes)
    {
        Span<Vector256<uint>> state = stackalloc Vector256<uint>[8];
        for (var i = 0; i < 8; i++) state[i] = Vector256.Create(H[i]);
        Span<Vector256<uint>> w = stackalloc Vector256<uint>[64];
        Span<uint> active = stackalloc uint[Lanes];
        for (var block = 0; block < most; block++)
        {
            Schedule(messages[(block * BlockSize)..], stride, w);
            var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
            for (var t = 0; t < 64; t++)
            {
                var t1 = h + (RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25)) + ((e & f) ^ Vector256.AndNot(g, e)) + w[t];
                var t2 = (RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22)) + ((a & b) | (c & (a | b)));
                (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
            }
            for (var lane = 0; lane < Lanes; lane++) active[lane] = block < blocks[lane] ? uint.MaxValue : 0;
            var mask = Vector256.Create<uint>(active);
            state[0] += a & mask;
            state[1] += b & mask;
            state[2] += c & mask;
            state[3] += d & mask;
            state[4] += e & mask;
            state[5] += f & mask;
            state[6] += g & mask;
            state[7] += h & mask;
        }
        Span<byte> bytes = stackalloc byte[TreeHash.Size];
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes[(4 * i)..], state[i][lane]);
            hashes[lane] = new(bytes);
        }
    }

    // The message schedule with the round constants added.
    private static void Schedule(ReadOnlySpan<byte> block, int stride, Span<Vector256<uint>> w)
    {
        ref var first = ref MemoryMarshal.GetReference(block);
        _ = block[(Lanes - 1) * stride + BlockSize - 1];
        for (var t = 0; t < 16; t++)
            w[t] = Vector256.Create(
                Word(ref first, 4 * t), Word(ref first, stride + 4 * t), Word(ref first, 2 * stride + 4 * t), Word(ref first, 3 * stride + 4 * t),
                Word(ref first, 4 * stride + 4 * t), Word(ref first, 5 * stride + 4 * t), Word(ref first, 6 * stride + 4 * t), Word(ref first, 7 * stride + 4 * t));
        for (var t = 16; t < 64; t++)
        {
            var (early, late) = (w[t - 15], w[t - 2]);
            w[t] = w[t - 16] + (RotateRight(early, 7) ^ RotateRight(early, 18) ^ (early >>> 3)) + w[t - 7] + (RotateRight(late, 17) ^ RotateRight(late, 19) ^ (late >>> 10));
        }
        for (var t = 0; t < 64; t++) w[t] += Vector256.Create(K[t]);
    }

    private static uint Word(ref byte first, int at)
    {
        var word = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(word) : word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateRight(Vector256<uint> x, int by) => (x >>> by) | (x << (32 - by));
}
