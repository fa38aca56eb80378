using System.Buffers.Binary;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Metadata;

/// <summary>
/// XMP in MP4: a <c>uuid</c> box of the type that the XMP specification names (part 3, 1.3.7, and 2.1.1 for MPEG-4), at the end of the file, so that nothing of the film
/// moves for it.
/// </summary>
internal static class BmffXmp
{
    private const int HeaderLength = 8 + 16;

    private static ReadOnlySpan<byte> ExtendedType => [0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC];

    public static byte[] Replace(BmffCarrier film, byte[] packet)
    {
        byte[] rest = film.CopyWithout(box => IsXmp(box, film.File.Span));
        byte[] output = [.. rest, .. new byte[HeaderLength], .. packet];
        // A last box whose length says "to the end of the file" would swallow ours.
        if (film.Boxes.Last(box => box.IsTopLevel) is { HeaderLength: 8 } last && !IsXmp(last, film.File.Span) && BinaryPrimitives.ReadUInt32BigEndian(film.File.Span[last.Start..]) == 0)
            BinaryPrimitives.WriteInt32BigEndian(output.AsSpan(rest.Length - last.Length), last.Length);
        Span<byte> added = output.AsSpan(rest.Length);
        BinaryPrimitives.WriteInt32BigEndian(added, added.Length);
        "uuid"u8.CopyTo(added[4..]);
        ExtendedType.CopyTo(added[8..]);
        return output;
    }

    private static bool IsXmp(BmffBox box, ReadOnlySpan<byte> file) =>
        box.Code is "uuid" && box.Length >= box.HeaderLength + 16 && file.Slice(box.ContentStart, 16).SequenceEqual(ExtendedType);
}
