using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Metadata;

/// <summary>XMP in PNG: an uncompressed iTXt chunk with the keyword of the XMP specification, part 3, 1.1.5.</summary>
internal static class PngXmp
{
    public static byte[] Replace(PngCarrier png, byte[] packet)
    {
        // Behind the keyword: compression flag and method, empty language tag, empty translated keyword.
        byte[] content = [.. PngCarrier.XmpKeyword, 0, 0, 0, 0, .. packet];
        byte[] chunk = new byte[content.Length + PngCarrier.ChunkOverhead];
        PngCarrier.WriteChunk(chunk, "iTXt"u8, content);
        return Splice.Replace(png.File.Span, png.XmpChunks, PngCarrier.AfterHeader, chunk);
    }
}
