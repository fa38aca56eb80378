using System.Buffers.Binary;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Metadata;

/// <summary>XMP in WebP: a chunk behind the image, announced by a flag of VP8X (RFC 9649, 2.7).</summary>
internal static class WebPXmp
{
    private const byte XmpFlag = 0x04, ExifFlag = 0x08, AlphaFlag = 0x10;

    /// <param name="aigc">Goes into EXIF, unless there is EXIF of somebody else, and into a chunk of its own; null leaves both as they are.</param>
    /// <exception cref="MalformedMediaException">A simple file whose bitstream does not begin with its size.</exception>
    public static byte[] Replace(WebPCarrier webP, byte[] packet, AigcLabel? aigc)
    {
        ReadOnlySpan<byte> file = webP.File.Span;
        (string first, int start, int length) = webP.Chunks[0];
        byte[] extended = first == "VP8X" && length == 10
            ? file.Slice(start + 8, length).ToArray()
            : Extend(first, file.Slice(start + 8, length));
        extended[0] |= XmpFlag;
        byte[]? exif = aigc is not null && !webP.Chunks.Exists(chunk => chunk.Type == "EXIF" && !ExifComment.IsOurs(webP.File.Span.Slice(chunk.Start + 8, chunk.Length))) ? ExifComment.Write(aigc.ToNamedJson()) : null;
        if (exif is not null) extended[0] |= ExifFlag;
        using var output = new MemoryStream(file.Length + packet.Length + 64);
        output.Write(file[..12]);
        WriteChunk(output, "VP8X"u8, extended);
        foreach ((string type, int at, int size) in webP.Chunks)
            if (type is not ("VP8X" or "XMP ") && !(type == "EXIF" && exif is not null) && !(type == "AIGC" && aigc is not null)) output.Write(file.Slice(at, 8 + WebPCarrier.Padded(size)));
        if (exif is not null) WriteChunk(output, "EXIF"u8, exif);
        WriteChunk(output, "XMP "u8, packet);
        // Chunks that nobody knows come last (RFC 9649, 2.7.1.5).
        if (aigc is not null) WriteChunk(output, "AIGC"u8, System.Text.Encoding.ASCII.GetBytes(aigc.ToJson()));
        byte[] result = [.. output.ToArray(), .. file[^webP.TrailingLength..]];
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(4), (int)output.Length - 8);
        return result;
    }

    private static void WriteChunk(MemoryStream output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        byte[] chunk = new byte[8 + WebPCarrier.Padded(content.Length)];
        WebPCarrier.WriteChunk(chunk, type, content);
        output.Write(chunk);
    }

    /// <summary>Makes the ten bytes of VP8X for a simple file: flags, then width and height less one in 24 bits each.</summary>
    private static byte[] Extend(string type, ReadOnlySpan<byte> bitstream)
    {
        int width, height;
        byte flags = 0;
        if (type == "VP8 " && bitstream.Length >= 10 && bitstream[3] == 0x9D && bitstream[4] == 0x01 && bitstream[5] == 0x2A)
        {
            width = BinaryPrimitives.ReadUInt16LittleEndian(bitstream[6..]) & 0x3FFF;
            height = BinaryPrimitives.ReadUInt16LittleEndian(bitstream[8..]) & 0x3FFF;
        }
        else if (type == "VP8L" && bitstream.Length >= 5 && bitstream[0] == 0x2F)
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(bitstream[1..]);
            width = (int)(bits & 0x3FFF) + 1;
            height = (int)(bits >> 14 & 0x3FFF) + 1;
            if ((bits >> 28 & 1) == 1) flags = AlphaFlag;
        }
        else throw new MalformedMediaException("The WebP file does not begin with a VP8, VP8L or VP8X chunk that states its size.");
        if (width == 0 || height == 0) throw new MalformedMediaException("The WebP bitstream states a size of zero.");
        byte[] extended = new byte[10];
        extended[0] = flags;
        Write24(extended.AsSpan(4), width - 1);
        Write24(extended.AsSpan(7), height - 1);
        return extended;
    }

    private static void Write24(Span<byte> destination, int value)
    {
        destination[0] = (byte)value;
        destination[1] = (byte)(value >> 8);
        destination[2] = (byte)(value >> 16);
    }
}
