using System.Buffers.Binary;

namespace Vitrine.Media.Tests;

/// <summary>Small pictures and the pieces of hostile ones.</summary>
internal static class Pictures
{
    public static byte[] Rgb(int width, int height, int seed = 1)
    {
        var random = new Random(seed);
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)(i / 3 % width * 255 / width / 2 + random.Next(8));
        return rgb;
    }

    public static byte[] Encoded(ImageFormat format, int width = 24, int height = 16, int quality = 90) =>
        ImageEncoder.Encode(Rgb(width, height), width, height, format, quality);

    public static byte[] Png(params (string Type, byte[] Content)[] chunks)
    {
        using var file = new MemoryStream();
        file.Write(PngChunks.Signature);
        foreach (var (type, content) in chunks)
            PngChunks.Write(file, System.Text.Encoding.ASCII.GetBytes(type), content);
        return file.ToArray();
    }

    public static (string, byte[]) Header(uint width, uint height, byte depth = 8, byte colour = 2)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colour);
        return ("IHDR", header);
    }

    public static (string Type, byte[] Content)[] Chunks(byte[] png)
    {
        var chunks = new List<(string, byte[])>();
        ReadOnlySpan<byte> rest = png.AsSpan(8);
        while (PngChunks.TryTake(ref rest, out var type, out var content))
            chunks.Add((System.Text.Encoding.ASCII.GetString(type), content.ToArray()));
        return [.. chunks];
    }

    public static byte[] Deflated(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(content);
        return packed.ToArray();
    }

    public static byte[] Webp(params (string Type, byte[] Content)[] chunks)
    {
        using var file = new MemoryStream();
        file.Write("RIFF\0\0\0\0WEBP"u8);
        foreach (var (type, content) in chunks)
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(type));
            file.Write(BitConverter.GetBytes(content.Length));
            file.Write(content);
            if (content.Length % 2 == 1)
                file.WriteByte(0);
        }
        var bytes = file.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return bytes;
    }
}
