using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Vitrine.Provenance;

/// <summary>
/// What a picture looks like, in 256 bits: pictures that look alike differ in few of them. Written as 64 lower-case hexadecimal digits, the last bit first, as
/// the reference implementation does (PDQ, facebook/ThreatExchange).
/// </summary>
public readonly record struct PdqHash
{
    public const int Bits = 256;

    /// <summary>Two pictures whose hashes differ in no more bits than this count as alike (the reference's recommendation).</summary>
    public const int MostBitsApart = 31;

    /// <summary>The hash of a picture of a lower quality says too little to be compared (the reference's recommendation).</summary>
    public const int LeastQuality = 50;

    private const int Words = Bits / 64, Digits = Bits / 4;

    private readonly ulong first, second, third, fourth;

    /// <param name="bytes">32 bytes, the most significant first.</param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public PdqHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bits / 8)
            throw new ArgumentException($"A PDQ hash has {Bits / 8} bytes, not {bytes.Length}.", nameof(bytes));
        (first, second) = (BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        (third, fourth) = (BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));
    }

    /// <summary>In how many bits two hashes differ, 0 to 256.</summary>
    public int DistanceTo(PdqHash other) =>
        BitOperations.PopCount(first ^ other.first) + BitOperations.PopCount(second ^ other.second)
        + BitOperations.PopCount(third ^ other.third) + BitOperations.PopCount(fourth ^ other.fourth);

    /// <summary>32 bytes, the most significant first.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Words * 8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), fourth);
        return bytes;
    }

    public override string ToString() => Convert.ToHexStringLower(ToBytes());

    public static bool TryParse([NotNullWhen(true)] string? text, out PdqHash hash)
    {
        hash = default;
        if (text is not { Length: Digits } || !text.All(char.IsAsciiHexDigitLower))
            return false;
        hash = new PdqHash(Convert.FromHexString(text));
        return true;
    }
}
