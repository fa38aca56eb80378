using Vitrine.Provenance.Carriers;
using Vitrine.Provenance.Metadata;

namespace Vitrine.Provenance;

/// <summary>What the metadata of a picture says besides its Content Credentials.</summary>
/// <param name="SourceType">How the picture came to be.</param>
/// <param name="CreatorTool">The product that made it, at most 256 characters, or null.</param>
/// <param name="Aigc">The label that Chinese law asks for, or null.</param>
public sealed record ImplicitStatement(DigitalSourceType SourceType, string? CreatorTool = null, AigcLabel? Aigc = null);

/// <summary>Writes the machine-readable labels that platforms read: IPTC <c>DigitalSourceType</c> in XMP, and <c>AIGC</c> where it is asked for. Do it before signing.</summary>
public static class ImplicitMetadata
{
    private const int MaxCreatorTool = 256;

    /// <summary>
    /// Answers the file with one XMP packet in place of any that it had, and without a manifest store: one that it had would no longer hold.
    /// PNG: iTXt chunk after IHDR. JPEG: APP1 after the APP0s. WebP: <c>XMP </c> chunk, with a VP8X chunk if there was none. MP4: a uuid box at the end.
    /// The AIGC label stands in the packet too, and beside it in a tEXt chunk (PNG), in EXIF's UserComment (JPEG, WebP), in a chunk of its own (WebP) or as an item of the film's metadata (MP4).
    /// </summary>
    /// <exception cref="MalformedMediaException">The file is not a well-formed PNG, JPEG, WebP or MP4.</exception>
    /// <exception cref="ArgumentException">The creator tool is too long or holds a character that XML cannot.</exception>
    public static byte[] Embed(ReadOnlyMemory<byte> file, ImplicitStatement statement)
    {
        if (statement.CreatorTool is { Length: > MaxCreatorTool })
            throw new ArgumentException($"A creator tool must have at most {MaxCreatorTool} characters.", nameof(statement));
        byte[] packet = XmpPacket.Write(statement);
        Carrier carrier = Carrier.Open(file);
        if (carrier.Stores.Count > 0) carrier = Carrier.Open(carrier.CopyWithoutStores());
        if (statement.Aigc is { } label && carrier is not WebPCarrier) carrier = Carrier.Open(carrier switch
        {
            PngCarrier png => PngXmp.ReplaceAigc(png, label.ToJson()),
            JpegCarrier jpeg => JpegXmp.ReplaceComment(jpeg, label.ToNamedJson()),
            BmffCarrier film => BmffAigc.Replace(film, label.ToJson()),
            _ => throw new System.Diagnostics.UnreachableException(),
        });
        return carrier switch
        {
            PngCarrier png => PngXmp.Replace(png, packet),
            JpegCarrier jpeg => JpegXmp.Replace(jpeg, packet),
            WebPCarrier webP => WebPXmp.Replace(webP, packet, statement.Aigc),
            BmffCarrier film => BmffXmp.Replace(film, packet),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
