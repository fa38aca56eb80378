using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Provenance;

/// <summary>
/// The platform's secret behind its watermarks: who has it can read, forge and remove them, so it stays on the servers. The pattern in the pixels and the
/// order of the ids are drawn from it, each under its own label.
/// </summary>
public sealed class WatermarkKey
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 32;

    private readonly byte[] secret;

    /// <exception cref="ArgumentException">The secret is not <see cref="Length"/> bytes long.</exception>
    public WatermarkKey(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != Length)
            throw new ArgumentException($"A watermark key has {Length} bytes, not {secret.Length}.", nameof(secret));
        this.secret = secret.ToArray();
    }

    /// <summary>A number of 64 bits from label and input, HMAC-SHA256 cut short.</summary>
    internal ulong Number(string label, ulong input)
    {
        var name = Encoding.UTF8.GetBytes(label);
        Span<byte> message = stackalloc byte[name.Length + sizeof(ulong)];
        name.CopyTo(message);
        BinaryPrimitives.WriteUInt64BigEndian(message[name.Length..], input);
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, message, digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }

    /// <summary>Numbers as if from a fair die, always the same for a key and a label.</summary>
    internal KeyedChance Chance(string label) => new(this, label);
}

/// <summary>A stream of numbers that whoever lacks the key cannot tell from chance.</summary>
internal sealed class KeyedChance(WatermarkKey key, string label)
{
    private ulong drawn;

    public ulong Next() => key.Number(label, drawn++);

    /// <summary>0 to <paramref name="bound"/> - 1; the bias of the remainder is below 2^-40 for the few thousand that are asked for here.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>An angle, 0 to 2π.</summary>
    public double Angle() => (Next() >> 11) * (2 * Math.PI / (1UL << 53));

    /// <summary>Fisher and Yates.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
