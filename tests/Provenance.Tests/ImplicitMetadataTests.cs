using System.Text;
using System.Xml.Linq;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

public sealed class ImplicitMetadataTests
{
    private static readonly ImplicitStatement statement = new(DigitalSourceType.TrainedAlgorithmicMedia, "Vitrine & <friends>");

    [Theory]
    [MemberData(nameof(Samples.FilesAndFilms), MemberType = typeof(Samples))]
    public void The_packet_names_the_source_type_by_its_full_uri(string name)
    {
        XElement description = Assert.Single(Packets(ImplicitMetadata.Embed(Samples.Read(name), statement)));

        XNamespace iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", xmp = "http://ns.adobe.com/xap/1.0/";
        Assert.Equal("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", description.Descendants(iptc + "DigitalSourceType").Single().Value);
        Assert.Equal("Vitrine & <friends>", description.Descendants().Attributes(xmp + "CreatorTool").Single().Value);
    }

    [Theory]
    [MemberData(nameof(Samples.FilesAndFilms), MemberType = typeof(Samples))]
    public void A_second_packet_replaces_the_first(string name)
    {
        byte[] once = ImplicitMetadata.Embed(Samples.Read(name), new(DigitalSourceType.AlgorithmicMedia, "Something else"));

        byte[] twice = ImplicitMetadata.Embed(once, statement);

        Assert.Single(Packets(twice));
        Assert.Equal(ImplicitMetadata.Embed(Samples.Read(name), statement), twice);
    }

    [Theory]
    [MemberData(nameof(Samples.FilesAndFilms), MemberType = typeof(Samples))]
    public void Credentials_that_would_no_longer_hold_are_taken_out(string name)
    {
        byte[] labelled = ImplicitMetadata.Embed(Samples.Signed(name), statement);

        Assert.Equal(ImplicitMetadata.Embed(Samples.Read(name), statement), labelled);
        Assert.Equal(CredentialState.None, Samples.Verify(labelled).State);
    }

    [Theory]
    [InlineData("lossy.webp", 0x04, 120, 80)]
    [InlineData("lossless-alpha.webp", 0x14, 33, 21)]
    [InlineData("extended.webp", 0x14, 64, 64)]
    public void A_webp_announces_its_packet_and_keeps_its_size(string name, byte flags, int width, int height)
    {
        byte[] labelled = ImplicitMetadata.Embed(Samples.Read(name), statement);

        var chunks = ((WebPCarrier)Carrier.Open(labelled)).Chunks;
        ReadOnlySpan<byte> extended = labelled.AsSpan(chunks[0].Start + 8, chunks[0].Length);
        Assert.Equal(("VP8X", 10, "XMP "), (chunks[0].Type, extended.Length, chunks[^1].Type));
        Assert.Equal((flags, width, height), (extended[0], 1 + (extended[4] | extended[5] << 8), 1 + (extended[7] | extended[8] << 8)));
    }

    [Fact]
    public void A_creator_tool_that_xml_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ImplicitMetadata.Embed(Samples.Read("small.png"), statement with { CreatorTool = "bell \a" }));
        Assert.Throws<ArgumentException>(() => ImplicitMetadata.Embed(Samples.Read("small.png"), statement with { CreatorTool = new string('x', 257) }));
    }

    /// <summary>Every XMP packet in the file, wherever it lies.</summary>
    private static List<XElement> Packets(byte[] file)
    {
        string text = Encoding.UTF8.GetString(file);
        var packets = new List<XElement>();
        for (int at = text.IndexOf("<x:xmpmeta", StringComparison.Ordinal); at >= 0; at = text.IndexOf("<x:xmpmeta", at + 1, StringComparison.Ordinal))
            packets.Add(XElement.Parse(text[at..(text.IndexOf("</x:xmpmeta>", at, StringComparison.Ordinal) + 12)]));
        return packets;
    }
}
