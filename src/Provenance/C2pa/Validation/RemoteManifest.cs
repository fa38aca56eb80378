using System.Text;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>
/// Where a file without a store says that its credentials are (<c>dcterms:provenance</c> in XMP; C2PA 2.2, 11.4). We say so and never fetch: the address is a stranger's.
/// </summary>
internal static class RemoteManifest
{
    private const int MostPacket = 64 << 10, MostUrl = 2048;

    public static string? UrlIn(Carrier carrier)
    {
        foreach ((int start, int length) in carrier.XmpRanges)
        {
            ReadOnlySpan<byte> packet = carrier.File.Span.Slice(start, Math.Min(length, MostPacket));
            ReadOnlySpan<byte> name = "dcterms:provenance=\""u8;
            int at = packet.IndexOf(name);
            if (at < 0) continue;
            packet = packet[(at + name.Length)..];
            int end = packet.IndexOf((byte)'"');
            if (end is > 0 and <= MostUrl) return Encoding.UTF8.GetString(packet[..end]);
        }
        return null;
    }
}
