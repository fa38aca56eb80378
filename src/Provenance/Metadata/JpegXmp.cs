using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Metadata;

/// <summary>XMP in JPEG: an APP1 segment with the header of the XMP specification, part 3, 1.1.3.</summary>
internal static class JpegXmp
{
    public static byte[] Replace(JpegCarrier jpeg, byte[] packet)
    {
        int length = 2 + JpegCarrier.XmpHeader.Length + packet.Length;
        byte[] segment = [0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. JpegCarrier.XmpHeader, .. packet];
        return Splice.Replace(jpeg.File.Span, jpeg.XmpSegments, jpeg.AfterHeader, segment);
    }

    /// <summary>A UserComment in EXIF, before everything else of APP1. Where the file has EXIF of somebody else it is left as it is.</summary>
    public static byte[] ReplaceComment(JpegCarrier jpeg, string comment)
    {
        ReadOnlySpan<byte> file = jpeg.File.Span;
        var old = new List<(int Start, int Length)>();
        foreach ((string name, int start, int partLength) in jpeg.NamedParts)
        {
            if (name != "APP1" || !file.Slice(start + 4, partLength - 4).StartsWith(ExifHeader)) continue;
            if (!ExifComment.IsOurs(file.Slice(start + 4 + ExifHeader.Length, partLength - 4 - ExifHeader.Length))) return file.ToArray();
            old.Add((start, partLength));
        }
        byte[] exif = ExifComment.Write(comment);
        int length = 2 + ExifHeader.Length + exif.Length;
        return Splice.Replace(file, old, jpeg.AfterHeader, [0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. ExifHeader, .. exif]);
    }

    private static ReadOnlySpan<byte> ExifHeader => "Exif\0\0"u8;
}
