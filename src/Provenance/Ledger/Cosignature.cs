using System.Buffers.Binary;
using System.Globalization;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// <c>cosignature/v1</c> (C2SP tlog-cosignature): a witness says that, at this time, this was the largest consistent tree that it had seen of this log.
/// The bytes are the time, a big-endian uint64 of seconds, and an Ed25519 signature.
/// </summary>
public static class Cosignature
{
    private const int Length = 8 + 64;

    /// <summary>The time at which a cosignature says that it was made; null when these bytes are none.</summary>
    public static DateTimeOffset? TimeOf(ReadOnlySpan<byte> signature) =>
        TryRead(signature, out var time, out _) && time <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(time) : null;

    internal static string Message(string text, long time) => string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {time}\n{text}");

    internal static byte[] Write(long time, ReadOnlySpan<byte> signature)
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time);
        signature.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    internal static bool TryRead(ReadOnlySpan<byte> bytes, out long time, out ReadOnlySpan<byte> signature)
    {
        var read = bytes.Length == Length;
        time = read ? BinaryPrimitives.ReadInt64BigEndian(bytes) : -1;
        signature = read ? bytes[8..] : default;
        return read && time >= 0;
    }
}
