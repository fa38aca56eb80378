using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

public sealed class SigningTests(IndependentJudge judge) : IClassFixture<IndependentJudge>
{
    [Fact]
    public void Every_signed_file_is_trusted_by_our_validator_and_by_the_independent_one()
    {
        var files = new List<(string What, byte[] Bytes)>();
        foreach (string name in Samples.FileNames)
        {
            byte[] source = Samples.Read(name);
            files.Add((name, ContentCredentials.Sign(source, Samples.Description, Samples.Signer)));
            files.Add((name + " without title and statement", ContentCredentials.Sign(source, Samples.Description with { Title = null, DoNotTrain = false }, Samples.Signer)));
            // One more letter changes the parity of the store, and so whether a WebP chunk is padded.
            files.Add((name + " with another title", ContentCredentials.Sign(source, Samples.Description with { Title = "A red foxy" }, Samples.Signer)));
            files.Add((name + " with a large thumbnail", ContentCredentials.Sign(source, Samples.Description with { Thumbnail = Samples.Thumbnail(200_001) }, Samples.Signer)));
            byte[] labelled = ImplicitMetadata.Embed(source, new(DigitalSourceType.TrainedAlgorithmicMedia, "Vitrine 0.1"));
            files.Add((name + " with XMP", ContentCredentials.Sign(labelled, Samples.Description, Samples.Signer)));
            files.Add((name + " as a composite", ContentCredentials.Sign(source, Samples.Description with { SourceType = DigitalSourceType.CompositeWithTrainedAlgorithmicMedia }, Samples.Signer)));
            files.Add((name + " signed twice", ContentCredentials.Sign(files[^1].Bytes, Samples.Description, Samples.Signer)));
        }
        files.Add(("a picture of 1024 by 1024", ContentCredentials.Sign(Samples.Png(1024, 1024), Samples.Description, Samples.Signer)));

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. files.Select(f => f.Bytes)]);

        Assert.All(files.Zip(verdicts), f =>
        {
            CredentialVerdict ours = Samples.Verify(f.First.Bytes);
            Assert.True(ours.State == CredentialState.Trusted, $"{f.First.What}: {string.Join("; ", ours.Failures)}");
            Assert.True(f.Second.Passed, $"{f.First.What}: {f.Second}");
        });
    }

    [Fact]
    public void The_store_length_decides_whether_the_last_chunk_of_a_webp_is_padded()
    {
        int[] parities = [.. new[] { "A", "AB" }
            .Select(title => ContentCredentials.Sign(Samples.Read("lossy.webp"), Samples.Description with { Title = title }, Samples.Signer))
            .Select(file => Carrier.Open(file).Stores[0].Store.Length % 2).Order()];

        Assert.Equal([0, 1], parities);
    }

    [Fact]
    public void A_store_larger_than_a_segment_is_split_and_put_together_again()
    {
        byte[] signed = ContentCredentials.Sign(Samples.Read("small.jpg"), Samples.Description with { Thumbnail = Samples.Thumbnail(200_000) }, Samples.Signer);

        StoreFrame frame = Assert.Single(Carrier.Open(signed).Stores);

        Assert.True(frame.Store.Length > 200_000);
        Assert.Equal(frame.Store.Length - 8 + 4 * 20, frame.FrameLength);
    }

    [Theory]
    [MemberData(nameof(Samples.Files), MemberType = typeof(Samples))]
    public void Signing_again_replaces_the_store_and_leaves_every_other_byte(string name)
    {
        byte[] once = Samples.Signed(name);

        byte[] twice = ContentCredentials.Sign(once, Samples.Description, Samples.Signer);

        Assert.Single(Carrier.Open(twice).Stores);
        Assert.Equal(once.Length, twice.Length);
        Assert.Equal(Carrier.Open(once).CopyWithoutStores(), Carrier.Open(twice).CopyWithoutStores());
        Assert.Equal(Samples.Read(name), Carrier.Open(twice).CopyWithoutStores());
    }

    [Fact]
    public void The_summary_says_who_signed_and_which_model_made_the_picture()
    {
        ManifestSummary manifest = Samples.Verify(Samples.Signed("small.png")).Manifest!;

        Assert.Equal("urn:c2pa:" + Samples.Description.ManifestId, manifest.Label);
        Assert.Equal("xmp:iid:" + Samples.Description.ManifestId, manifest.InstanceId);
        Assert.Equal(("A red fox", "Vitrine", "0.1.0"), (manifest.Title, manifest.GeneratorName, manifest.GeneratorVersion));
        Assert.Equal(("Example Brand", "Claim Signer"), (manifest.SignerOrganisation, manifest.SignerName));
        Assert.True(manifest.DoNotTrain);
        Assert.Equal(
            new ActionSummary("c2pa.created", "2026-03-01T12:30:45Z", "tiny-diffusion", "1.2",
                "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", Samples.Description.ModelDigest),
            Assert.Single(manifest.Actions));
    }

    [Theory]
    [InlineData("not a uuid", "sha256:")]
    [InlineData("018f4e2a-0c7f-7f0a-9a52-3f6f3f0f9c11", "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("5b1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", "sha256:AAAA")]
    public void A_description_outside_its_bounds_is_refused(string manifestId, string digest) =>
        Assert.Throws<ArgumentException>(() => ContentCredentials.Sign(
            Samples.Read("small.png"), Samples.Description with { ManifestId = manifestId, ModelDigest = digest }, Samples.Signer));

    [Fact]
    public void Bytes_that_are_no_whole_picture_are_refused()
    {
        Assert.Throws<MalformedMediaException>(() => ContentCredentials.Sign("hello"u8.ToArray(), Samples.Description, Samples.Signer));
        foreach (string name in Samples.FileNames)
            Assert.Throws<MalformedMediaException>(() => ContentCredentials.Sign(Samples.Read(name).AsMemory()[..^3], Samples.Description, Samples.Signer));
    }

    [Fact]
    public void One_signer_serves_many_threads()
    {
        byte[] source = Samples.Read("small.png");

        var states = Enumerable.Range(0, 200).AsParallel().WithDegreeOfParallelism(8)
            .Select(_ => Samples.Verify(ContentCredentials.Sign(source, Samples.Description, Samples.Signer)).State);

        Assert.All(states, s => Assert.Equal(CredentialState.Trusted, s));
    }
}
