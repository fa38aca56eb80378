using System.Buffers.Binary;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>Credentials in MP4, where a box that is put in moves everything behind it.</summary>
public sealed class FilmTests(IndependentJudge judge) : IClassFixture<IndependentJudge>
{
    [Fact]
    public void A_signed_film_is_trusted_by_both_validators()
    {
        byte[][] files =
        [
            .. Samples.FilmNames.Select(Samples.Signed),
            ContentCredentials.Sign(Samples.Signed("clip.mp4"), Samples.Numbered(1), Samples.Signer),
            ContentCredentials.Sign(ImplicitMetadata.Embed(Samples.Read("clip.mp4"), new(DigitalSourceType.TrainedAlgorithmicMedia, "Vitrine")), Samples.Numbered(5), Samples.Signer),
            ContentCredentials.Sign(Samples.Read("clip.mp4"), Samples.Numbered(2) with { Ingredients = [Samples.TakeIn(Samples.Signed("small.png"))] }, Samples.Signer),
            ContentCredentials.Sign(Samples.Read("clip.mp4"), Samples.Numbered(3) with { Ingredients = [Samples.TakeIn(Samples.Signed("tables-last.mp4"))] }, Samples.Signer),
            ContentCredentials.Sign(WideTables(Samples.Read("clip.mp4")), Samples.Numbered(4), Samples.Signer),
        ];

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge(files);

        Assert.All(files.Zip(verdicts), f =>
        {
            CredentialVerdict ours = Samples.Verify(f.First);
            Assert.True(ours.State == CredentialState.Trusted && ours.Has("assertion.bmffHash.match"), string.Join("; ", ours.Failures));
            Assert.True(f.Second.Passed, f.Second.ToString());
        });
    }

    [Fact]
    public void The_tables_lead_to_the_same_bytes_as_before()
    {
        foreach (string name in Samples.FilmNames)
        {
            byte[] before = Samples.Read(name), after = Samples.Signed(name);

            Assert.Equal(FirstBytesOfChunks(before), FirstBytesOfChunks(after));
            Assert.Equal(before, Carrier.Open(after).CopyWithoutStores());
        }
    }

    [Fact]
    public void Every_kind_of_tampering_with_a_film_is_found_by_both_validators()
    {
        byte[] film = Samples.Signed("clip.mp4"), other = Samples.Signed("tables-last.mp4");
        var changes = new (string What, byte[] Bytes)[]
        {
            ("one bit of the film", Changed.Bit(film, film.Length - 40)),
            ("bytes appended", [.. film, 0, 0, 0, 12, (byte)'s', (byte)'k', (byte)'i', (byte)'p', 1, 2, 3, 4]),
            ("a box moved", Swapped(film)),
            ("the statement", Changed.Text(film, "digitalsourcetype/trained", "digitalsourcetype/brained")),
            ("the claim", Changed.Text(film, "gVitrine", "gVitrune")),
            ("credentials of another film", Changed.Store(Carrier.Open(film), Carrier.Open(other).Stores[0].Store.ToArray())),
            ("a table", Changed.Bit(film, film.AsSpan().IndexOf("stco"u8) + 15)),
        };

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. changes.Select(c => c.Bytes)]);

        Assert.All(changes.Zip(verdicts), c =>
        {
            Assert.True(Samples.Verify(c.First.Bytes).State == CredentialState.Invalid, c.First.What);
            Assert.False(c.Second.Passed, c.First.What);
        });
    }

    [Fact]
    public async Task An_update_that_was_cut_off_is_missed_by_both_validators()
    {
        using var authority = new DevelopmentTimeStampAuthority(Samples.TimeStampCertificates.ChainPem, Samples.TimeStampCertificates.LeafKeyPem, TimeProvider.System);
        byte[] updated = await ContentCredentials.AddTimeStamp(
            Samples.Signed("clip.mp4"), new("9c1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", Samples.Now, "Vitrine", "0.1.0"), Samples.Signer, authority, Samples.Anchors, Samples.Now, default);
        byte[] cut = updated[..((BmffCarrier)Carrier.Open(updated)).UpdateBox!.Value.Start];

        Assert.Equal("The update of the store is missing.", Assert.Single(Samples.Verify(cut).Failures).Explanation);
        Assert.False(judge.Judge([cut])[0].Passed);
    }

    [Fact]
    public void A_film_in_fragments_is_refused_with_a_sentence()
    {
        var refused = Assert.Throws<MalformedMediaException>(() => ContentCredentials.Sign(Samples.Read("fragmented.mp4"), Samples.Description, Samples.Signer));

        Assert.Contains("moof", refused.Message, StringComparison.Ordinal);
        Assert.Equal(CredentialState.None, Samples.Verify(Samples.Read("fragmented.mp4")).State);
    }

    /// <summary>The first bytes of every chunk that the tables lead to.</summary>
    private static List<string> FirstBytesOfChunks(byte[] film)
    {
        var chunks = new List<string>();
        foreach (BmffBox box in ((BmffCarrier)Carrier.Open(film)).Boxes.Where(b => b.Code is "stco"))
            for (int i = 0; i < BinaryPrimitives.ReadInt32BigEndian(film.AsSpan(box.ContentStart + 4)); i++)
                chunks.Add(Convert.ToHexString(film.AsSpan(BinaryPrimitives.ReadInt32BigEndian(film.AsSpan(box.ContentStart + 8 + 4 * i)), 16)));
        Assert.NotEmpty(chunks);
        return chunks;
    }

    /// <summary>The same film with its only chunk table in the form for large files: the box grows, and so do all that hold it.</summary>
    private static byte[] WideTables(byte[] film)
    {
        BmffBox[] boxes = [.. ((BmffCarrier)Carrier.Open(film)).Boxes];
        BmffBox table = boxes.Single(b => b.Code is "stco");
        int count = BinaryPrimitives.ReadInt32BigEndian(film.AsSpan(table.ContentStart + 4)), grown = 4 * count;
        using var wide = new MemoryStream();
        wide.Write(film.AsSpan(0, table.ContentStart + 8));
        Span<byte> entry = stackalloc byte[8];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(entry, BinaryPrimitives.ReadInt32BigEndian(film.AsSpan(table.ContentStart + 8 + 4 * i)) + grown);
            wide.Write(entry);
        }
        wide.Write(film.AsSpan(table.End));
        byte[] bytes = wide.ToArray();
        "co64"u8.CopyTo(bytes.AsSpan(table.Start + 4));
        foreach (BmffBox box in boxes.Where(b => b.Start <= table.Start && table.End <= b.End))
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(box.Start), box.Length + grown);
        return bytes;
    }

    /// <summary>The last two boxes of the top level in the other order.</summary>
    private static byte[] Swapped(byte[] film)
    {
        BmffBox[] top = [.. ((BmffCarrier)Carrier.Open(film)).Boxes.Where(b => b.IsTopLevel)];
        return [.. film[..top[^2].Start], .. film[top[^1].Start..top[^1].End], .. film[top[^2].Start..top[^2].End]];
    }
}
