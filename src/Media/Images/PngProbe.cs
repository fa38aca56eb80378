using System.Buffers.Binary;

namespace Vitrine.Media;

/// <summary>PNG, ISO/IEC 15948, clauses 5 and 11.</summary>
internal static class PngProbe
{
    public static ProbeResult Read(ReadOnlySpan<byte> file)
    {
        var rest = file[PngChunks.Signature.Length..];
        // The size is judged before the checksum, so that a giant is called a giant.
        if (rest.Length >= 16 && rest[4..8].SequenceEqual("IHDR"u8)
            && !ImageProbe.Fits(BinaryPrimitives.ReadUInt32BigEndian(rest[8..]), BinaryPrimitives.ReadUInt32BigEndian(rest[12..])))
            return ProbeRefusal.TooLarge;
        if (!PngChunks.TryTake(ref rest, out var type, out var header) || !type.SequenceEqual("IHDR"u8) || header.Length != 13 || !IsHeader(header))
            return ProbeRefusal.Damaged("PNG");

        var (palette, transparency, pixels) = (false, false, false);
        while (PngChunks.TryTake(ref rest, out type, out var content))
        {
            if (type.SequenceEqual("IEND"u8))
            {
                if (!pixels || content.Length != 0 || header[9] == 3 && !palette)
                    return ProbeRefusal.Damaged("PNG");
                if (!rest.IsEmpty)
                    return ProbeRefusal.Appended("PNG");
                return new ImageInfo(ImageFormat.Png, (int)BinaryPrimitives.ReadUInt32BigEndian(header),
                    (int)BinaryPrimitives.ReadUInt32BigEndian(header[4..]), transparency || (header[9] & 4) != 0, file.Length);
            }
            if (type.SequenceEqual("acTL"u8))
                return ProbeRefusal.Animated;
            palette |= type.SequenceEqual("PLTE"u8);
            transparency |= type.SequenceEqual("tRNS"u8);
            pixels |= type.SequenceEqual("IDAT"u8);
            // Bit 5 of the first letter says that a reader may pass over the chunk; a critical one that we do not know we must not.
            if ((type[0] & 0x20) == 0 && !type.SequenceEqual("PLTE"u8) && !type.SequenceEqual("IDAT"u8))
                return ProbeRefusal.Damaged("PNG");
        }
        return ProbeRefusal.Damaged("PNG");
    }

    /// <summary>
    /// The same picture with only the chunks that make pixels. Compressed text and colour profiles are where decoders have been blown up, and
    /// none of them is wanted in the output.
    /// </summary>
    public static byte[] Stripped(ReadOnlySpan<byte> file)
    {
        using var kept = new MemoryStream(file.Length);
        kept.Write(PngChunks.Signature);
        var rest = file[PngChunks.Signature.Length..];
        while (PngChunks.TryTake(ref rest, out var type, out var content))
            if ((type[0] & 0x20) == 0 || type.SequenceEqual("tRNS"u8))
                PngChunks.Write(kept, type, content);
        return kept.ToArray();
    }

    private static bool IsHeader(ReadOnlySpan<byte> header) =>
        (header[9], header[8]) is (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) or (2 or 4 or 6, 8 or 16)
        && header[10] == 0 && header[11] == 0 && header[12] <= 1;
}
