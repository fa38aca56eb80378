using System.Buffers.Binary;

namespace Vitrine.Provenance.Tests;

/// <summary>Changes bytes the way damage and malice do: bits, bytes, lengths, cuts, repeats, moves.</summary>
internal static class Mutation
{
    /// <param name="place">Where to change next, given a random source; places behind the end are passed over.</param>
    public static byte[] Of(byte[] original, Random random, Func<Random, int> place)
    {
        byte[] bytes = [.. original];
        int rounds = 1 + random.Next(4);
        for (int round = 0; round < rounds; round++)
        {
            int at = place(random);
            if (at < bytes.Length) bytes = Once(bytes, at, random);
        }
        return bytes;
    }

    /// <summary>Changes that move bytes or the lengths around them, rather than single ones: one to three of them.</summary>
    public static byte[] Structural(byte[] original, Random random, Func<Random, int> place)
    {
        byte[] bytes = [.. original];
        int rounds = 1 + random.Next(3);
        for (int round = 0; round < rounds; round++)
        {
            int at = place(random);
            if (at < bytes.Length) bytes = Once(bytes, at, random, random.Next(FirstStructural, Kinds));
        }
        return bytes;
    }

    private const int FirstStructural = 4, Kinds = 8;

    private static byte[] Once(byte[] bytes, int at, Random random) => Once(bytes, at, random, random.Next(Kinds));

    private static byte[] Once(byte[] bytes, int at, Random random, int kind)
    {
        switch (kind)
        {
            case 0 or 1 or 2:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 3:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 4 when at + 4 <= bytes.Length:
                uint[] extremes = [0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, (uint)bytes.Length];
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), extremes[random.Next(extremes.Length)]);
                return bytes;
            case 5:
                return bytes[..at];
            case 6:
                int length = Math.Min(random.Next(1, 64), bytes.Length - at);
                return random.Next(2) == 0 ? [.. bytes[..at], .. bytes[(at + length)..]] : [.. bytes[..(at + length)], .. bytes[at..]];
            default:
                int from = random.Next(bytes.Length), count = Math.Min(random.Next(1, 32), bytes.Length - Math.Max(at, from));
                bytes.AsSpan(from, count).CopyTo(bytes.AsSpan(at));
                return bytes;
        }
    }
}
