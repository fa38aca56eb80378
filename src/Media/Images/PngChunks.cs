using System.Buffers.Binary;
using System.IO.Hashing;

namespace Vitrine.Media;

/// <summary>PNG's frame: a signature, then chunks of length, type, content and CRC-32 (ISO/IEC 15948, clause 5).</summary>
internal static class PngChunks
{
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static void Write(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        var checksum = new Crc32();
        checksum.Append(type);
        checksum.Append(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum.GetCurrentHashAsUInt32());
        file.Write(number);
    }

    /// <summary>Takes the next chunk off the front of the file; false when it does not fit or its checksum is wrong.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> file, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content)
    {
        type = content = default;
        if (file.Length < 12)
            return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(file);
        if (length > (uint)(file.Length - 12))
            return false;
        var end = 8 + (int)length;
        if (Crc32.HashToUInt32(file[4..end]) != BinaryPrimitives.ReadUInt32BigEndian(file[end..]))
            return false;
        type = file[4..8];
        content = file[8..end];
        file = file[(end + 4)..];
        return true;
    }
}
