using System.Buffers.Binary;

namespace Vitrine.Media;

/// <summary>Boxes of the ISO base media file format (ISO/IEC 14496-12, clause 4.2), one after the other, each wholly inside what it is read from.</summary>
internal ref struct Mp4Boxes(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;
    private int read;

    /// <summary>The four letters of the box that was read last.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>What is in it.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Whether bytes are left that are no whole box, or more boxes than anyone needs.</summary>
    public readonly bool IsDamaged => !rest.IsEmpty;

    /// <summary>Reads the next box; false at the end, and where it is damaged.</summary>
    public bool Next()
    {
        if (rest.Length < 8 || read++ == VideoLimits.MostBoxes)
            return false;
        var (size, header) = ((ulong)BinaryPrimitives.ReadUInt32BigEndian(rest), 8);
        if (size == 1 && rest.Length >= 16)
            (size, header) = (BinaryPrimitives.ReadUInt64BigEndian(rest[8..]), 16);
        else if (size == 0)
            size = (ulong)rest.Length; // To the end of the file.
        if (size < (ulong)header || size > (ulong)rest.Length)
            return false;
        Type = rest[4..8];
        Content = rest[header..(int)size];
        rest = rest[(int)size..];
        return true;
    }

    /// <summary>The content of the one box of a type; false where there is none, or a second one.</summary>
    public static bool TryOnly(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content)
    {
        content = default;
        var found = 0;
        var boxes = new Mp4Boxes(bytes);
        while (boxes.Next())
            if (boxes.Type.SequenceEqual(type))
            {
                content = boxes.Content;
                found++;
            }
        return found == 1 && !boxes.IsDamaged;
    }
}
