using System.Buffers.Binary;
using System.Text;

namespace Vitrine.Provenance.Metadata;

/// <summary>The smallest EXIF that holds a UserComment (CIPA DC-008, 4.6.5): an IFD that leads to an Exif IFD with one entry.</summary>
internal static class ExifComment
{
    /// <summary>How the comment of an AIGC label begins; by it ours is known again.</summary>
    private static ReadOnlySpan<byte> Ours => "ASCII\0\0\0{\"AIGC\":"u8;

    private const ushort ExifIfdPointer = 0x8769, UserComment = 0x9286, Undefined = 7, UnsignedLong = 4;

    /// <summary>Bytes of an IFD with one entry: count, entry, offset of the next.</summary>
    private const int IfdLength = 2 + 12 + 4;

    /// <summary>TIFF header and IFDs, little-endian; all offsets are from its first byte.</summary>
    /// <param name="comment">ASCII.</param>
    public static byte[] Write(string comment)
    {
        byte[] text = [.. "ASCII\0\0\0"u8, .. Encoding.ASCII.GetBytes(comment)];
        byte[] exif = new byte[8 + 2 * IfdLength + text.Length];
        "II*\0"u8.CopyTo(exif);
        BinaryPrimitives.WriteInt32LittleEndian(exif.AsSpan(4), 8);
        WriteIfd(exif.AsSpan(8), ExifIfdPointer, UnsignedLong, 1, 8 + IfdLength);
        WriteIfd(exif.AsSpan(8 + IfdLength), UserComment, Undefined, text.Length, 8 + 2 * IfdLength);
        text.CopyTo(exif.AsSpan(8 + 2 * IfdLength));
        return exif;
    }

    /// <summary>Whether it was written here. EXIF of somebody else may hold how the picture is to be turned, and is left alone.</summary>
    public static bool IsOurs(ReadOnlySpan<byte> exif) => exif.IndexOf(Ours) == 8 + 2 * IfdLength;

    private static void WriteIfd(Span<byte> ifd, ushort tag, ushort type, int count, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(ifd, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(ifd[2..], tag);
        BinaryPrimitives.WriteUInt16LittleEndian(ifd[4..], type);
        BinaryPrimitives.WriteInt32LittleEndian(ifd[6..], count);
        BinaryPrimitives.WriteInt32LittleEndian(ifd[10..], value);
    }
}
