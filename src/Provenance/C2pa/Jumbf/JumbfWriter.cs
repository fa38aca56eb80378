using System.Buffers.Binary;
using System.Text;

namespace Vitrine.Provenance.C2pa.Jumbf;

/// <summary>Writes JUMBF boxes (ISO/IEC 19566-5). Sizes are 32-bit, which the limits on what goes in guarantee.</summary>
internal static class JumbfWriter
{
    private const int BoxHeader = 8;

    /// <summary>Requestable, and a label is present.</summary>
    private const byte Toggles = 0x03;

    /// <summary>Length in bytes of a superbox whose content boxes have this length together.</summary>
    public static int SuperLength(string label, int contentLength) => BoxHeader + DescriptionLength(label) + contentLength;

    private static int DescriptionLength(string label) => BoxHeader + 16 + 1 + Encoding.UTF8.GetByteCount(label) + 1;

    public static byte[] Box(ReadOnlySpan<byte> type, params ReadOnlySpan<byte[]> parts)
    {
        byte[] box = new byte[BoxHeader + TotalLength(parts)];
        WriteHeader(box, type);
        Concatenate(parts, box.AsSpan(BoxHeader));
        return box;
    }

    public static byte[] Super(UInt128 type, string label, params ReadOnlySpan<byte[]> contents)
    {
        byte[] box = new byte[SuperLength(label, TotalLength(contents))];
        WriteHeader(box, "jumb"u8);
        int description = DescriptionLength(label);
        WriteHeader(box.AsSpan(BoxHeader, description), "jumd"u8);
        BinaryPrimitives.WriteUInt128BigEndian(box.AsSpan(2 * BoxHeader), type);
        box[2 * BoxHeader + 16] = Toggles;
        Encoding.UTF8.GetBytes(label, box.AsSpan(2 * BoxHeader + 17));
        Concatenate(contents, box.AsSpan(BoxHeader + description));
        return box;
    }

    private static void WriteHeader(Span<byte> box, ReadOnlySpan<byte> type)
    {
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        type.CopyTo(box[4..]);
    }

    private static int TotalLength(ReadOnlySpan<byte[]> parts)
    {
        int length = 0;
        foreach (byte[] part in parts) length += part.Length;
        return length;
    }

    private static void Concatenate(ReadOnlySpan<byte[]> parts, Span<byte> destination)
    {
        foreach (byte[] part in parts)
        {
            part.CopyTo(destination);
            destination = destination[part.Length..];
        }
    }
}
