using System.Text;
using System.Xml.Linq;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

public sealed class ImplicitMetadataTests(IndependentJudge judge) : IClassFixture<IndependentJudge>
{
    private static readonly AigcLabel aigc = new("1", "Vitrine", "asset_1", "urn:c2pa:1");

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

    [Theory]
    [MemberData(nameof(Samples.FilesAndFilms), MemberType = typeof(Samples))]
    public void The_aigc_label_stands_in_the_packet_and_in_the_place_of_the_format_and_once(string name)
    {
        var first = ImplicitMetadata.Embed(Samples.Read(name), statement with { Aigc = aigc with { ProduceId = "another" } });
        byte[] labelled = ImplicitMetadata.Embed(first, statement with { Aigc = aigc });

        Assert.Equal(ImplicitMetadata.Embed(Samples.Read(name), statement with { Aigc = aigc }), labelled);
        XNamespace tc260 = "http://www.tc260.org.cn/ns/AIGC/1.0/";
        const string Json = """{"Label":"1","ContentProducer":"Vitrine","ProduceID":"asset_1","ReservedCode1":"urn:c2pa:1","ContentPropagator":"","PropagateID":"","ReservedCode2":""}""";
        Assert.Equal(Json, Assert.Single(Packets(labelled)).Descendants(tc260 + "AIGC").Single().Value);
        string text = Encoding.Latin1.GetString(labelled), named = "{\"AIGC\":" + Json + "}";
        var places = name[^4..] switch
        {
            ".png" => new[] { "tEXtAIGC\0" + Json },
            ".jpg" => ["Exif\0\0II*\0", "ASCII\0\0\0" + named],
            "webp" => ["EXIF", "ASCII\0\0\0" + named, "AIGC" + Encoding.Latin1.GetString(BitConverter.GetBytes(Json.Length)) + Json],
            _ => ["keys", "mdtaAIGC", "data\0\0\0\u0001\0\0\0\0" + Json],
        };
        Assert.All(places, place => Assert.Equal(2, text.Split(place).Length));
    }

    [Fact]
    public void Credentials_hold_over_the_aigc_label_also_by_the_judge_and_a_change_of_it_breaks_them()
    {
        byte[][] files = [.. Samples.AllFileNames.Select(name => ContentCredentials.Sign(ImplicitMetadata.Embed(Samples.Read(name), statement with { Aigc = aigc }), Samples.Description, Samples.Signer))];
        byte[][] changed = [.. files.Select(file => Changed.Bit(file, file.AsSpan().IndexOf("\"Label\":\"1\""u8) + 9))];

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. files, .. changed]);

        Assert.All(files, file => Assert.Equal(CredentialState.Trusted, Samples.Verify(file).State));
        Assert.All(changed, file => Assert.Equal(CredentialState.Invalid, Samples.Verify(file).State));
        Assert.All(verdicts.Take(files.Length), verdict => Assert.True(verdict.Passed, verdict.ToString()));
        Assert.All(verdicts.Skip(files.Length), verdict => Assert.False(verdict.Passed, verdict.ToString()));
    }

    [Fact]
    public void Other_programs_find_the_aigc_label_of_a_film_and_play_it_as_before()
    {
        foreach (string name in Samples.FilmNames)
        {
            string path = Path.Combine(Directory.CreateTempSubdirectory("vitrine-aigc-").FullName, name);
            File.WriteAllBytes(path, ImplicitMetadata.Embed(Samples.Read(name), statement with { Aigc = aigc }));
            Assert.Contains("\"ProduceID\"", FfProbe(path, "-show_entries", "format_tags=AIGC").Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
            string before = Path.ChangeExtension(path, ".before.mp4");
            File.WriteAllBytes(before, Samples.Read(name));
            Assert.Equal(FfProbe(before, "-show_entries", "packet=data_hash", "-show_data_hash", "sha256"), FfProbe(path, "-show_entries", "packet=data_hash", "-show_data_hash", "sha256"));
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Fact]
    public void Exif_of_somebody_else_is_left_alone()
    {
        byte[] picture = Samples.Read("small.jpg"), foreign = [0xFF, 0xE1, 0, 18, .. "Exif\0\0MM\0*\0\0\0\u0008\0\0"u8];
        int at = ((JpegCarrier)Carrier.Open(picture)).AfterHeader;
        byte[] turned = [.. picture[..at], .. foreign, .. picture[at..]];

        byte[] labelled = ImplicitMetadata.Embed(turned, statement with { Aigc = aigc });

        Assert.True(labelled.AsSpan().IndexOf(foreign) > 0);
        Assert.Equal(1, Encoding.Latin1.GetString(labelled).Split("Exif\0\0").Length - 1);
        Assert.Contains("TC260:AIGC", Encoding.Latin1.GetString(labelled), StringComparison.Ordinal);
    }

    [Fact]
    public void A_creator_tool_that_xml_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ImplicitMetadata.Embed(Samples.Read("small.png"), statement with { CreatorTool = "bell \a" }));
        Assert.Throws<ArgumentException>(() => ImplicitMetadata.Embed(Samples.Read("small.png"), statement with { CreatorTool = new string('x', 257) }));
    }

    private static string FfProbe(string file, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("ffprobe", ["-v", "error", "-of", "json", .. arguments, file]) { RedirectStandardOutput = true })!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said;
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
