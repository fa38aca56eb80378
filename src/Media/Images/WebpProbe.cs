using System.Buffers.Binary;

namespace Vitrine.Media;

/// <summary>WebP: RFC 9649 for the container and the lossless bitstream, RFC 6386 section 9.1 for the lossy frame header.</summary>
internal static class WebpProbe
{
    public static ProbeResult Read(ReadOnlySpan<byte> file)
    {
        var declared = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]);
        if (declared < 4 || declared > (uint)(file.Length - 8))
            return ProbeRefusal.Damaged("WebP");
        if (file.Length > 8 + (int)declared + (int)(declared & 1))
            return ProbeRefusal.Appended("WebP");

        var rest = file.Slice(12, (int)declared - 4);
        (uint Width, uint Height)? canvas = null;
        var alpha = false;
        for (var first = true; TryTake(ref rest, out var type, out var content); first = false)
        {
            if (type.SequenceEqual("VP8X"u8))
            {
                if (!first || content.Length != 10)
                    return ProbeRefusal.Damaged("WebP");
                canvas = (1 + Read24(content[4..]), 1 + Read24(content[7..]));
                if (!ImageProbe.Fits(canvas.Value.Width, canvas.Value.Height))
                    return ProbeRefusal.TooLarge;
                if ((content[0] & 0x02) != 0)
                    return ProbeRefusal.Animated;
            }
            else if (type.SequenceEqual("ANIM"u8) || type.SequenceEqual("ANMF"u8))
            {
                return ProbeRefusal.Animated;
            }
            else if (type.SequenceEqual("ALPH"u8))
            {
                alpha = true;
            }
            else if (type.SequenceEqual("VP8 "u8) || type.SequenceEqual("VP8L"u8))
            {
                var lossless = type[3] == 'L';
                if (!TryReadFrame(content, lossless, out var width, out var height, out var frameAlpha))
                    return ProbeRefusal.Damaged("WebP");
                if (!ImageProbe.Fits(width, height))
                    return ProbeRefusal.TooLarge;
                // After the frame only metadata may follow, and no decoder of ours reads that.
                return canvas is { } declaredSize && declaredSize != (width, height) ? ProbeRefusal.Damaged("WebP")
                    : new ImageInfo(ImageFormat.Webp, (int)width, (int)height, alpha || frameAlpha, file.Length);
            }
        }
        return ProbeRefusal.Damaged("WebP");
    }

    private static bool TryReadFrame(ReadOnlySpan<byte> frame, bool lossless, out uint width, out uint height, out bool alpha)
    {
        (width, height, alpha) = (0, 0, false);
        if (lossless)
        {
            if (frame.Length < 5 || frame[0] != 0x2F)
                return false;
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(frame[1..]);
            (width, height, alpha) = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, (bits & 1 << 28) != 0);
            return bits >> 29 == 0;
        }
        // A key frame: bit 0 of the frame tag is zero, then the start code. Zero sides are refused by their size.
        if (frame.Length < 10 || (frame[0] & 1) != 0 || !frame[3..6].SequenceEqual<byte>([0x9D, 0x01, 0x2A]))
            return false;
        width = (uint)BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) & 0x3FFF;
        height = (uint)BinaryPrimitives.ReadUInt16LittleEndian(frame[8..]) & 0x3FFF;
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> chunks, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content)
    {
        type = content = default;
        if (chunks.Length < 8)
            return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(chunks[4..]);
        if (length > (uint)(chunks.Length - 8))
            return false;
        type = chunks[..4];
        content = chunks.Slice(8, (int)length);
        chunks = chunks[Math.Min(chunks.Length, 8 + (int)length + (int)(length & 1))..];
        return true;
    }

    private static uint Read24(ReadOnlySpan<byte> bytes) => (uint)(bytes[0] | bytes[1] << 8 | bytes[2] << 16);
}
