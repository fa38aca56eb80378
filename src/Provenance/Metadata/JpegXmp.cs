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
}
