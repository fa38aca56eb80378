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

    /// <summary>The AIGC label in a tEXt chunk of that keyword.</summary>
    /// <param name="json">ASCII.</param>
    public static byte[] ReplaceAigc(PngCarrier png, string json)
    {
        byte[] content = [.. "AIGC\0"u8, .. System.Text.Encoding.ASCII.GetBytes(json)];
        byte[] chunk = new byte[content.Length + PngCarrier.ChunkOverhead];
        PngCarrier.WriteChunk(chunk, "tEXt"u8, content);
        var old = png.NamedParts.Where(part => part.Name == "tEXt" && png.File.Span.Slice(part.Start + 8, part.Length - PngCarrier.ChunkOverhead).StartsWith("AIGC\0"u8)).Select(part => (part.Start, part.Length)).ToList();
        return Splice.Replace(png.File.Span, old, PngCarrier.AfterHeader, chunk);
    }
}
