using Vitrine.Grains.Interfaces;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Tests;

/// <summary>Pictures are found again by their mark, their manifest and their look, whoever's they are.</summary>
[Collection(nameof(OneSilo))]
public sealed class OriginsTests(OneSilo silo)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_picture_is_found_by_its_watermark_its_manifest_and_its_look_and_counts_as_logged_once_a_checkpoint_covers_it()
    {
        var brand = await silo.Cluster.Tenant("origin-found");
        var asset = Assert.Single((await brand.End((await brand.Submit(brand.Asks("a red apple, 3d style", side: 256, seed: 4242))).Key)).Assets);
        var origins = silo.Cluster.Grains.Origins();

        var before = await origins.ByManifest(asset.Manifest, None);
        await silo.Cluster.Grains.Ledgers().Seal(None);
        var found = new[] { await origins.ByWatermark(asset.Watermark!, None), await origins.ByManifest(asset.Manifest, None), await origins.ByLook([asset.Pdq!], None) };

        Assert.NotNull(before);
        Assert.All(found, origin => Assert.Equal((asset.Manifest, asset.ModelDigest, asset.Sha256, true), (origin!.Manifest, origin.ModelDigest, origin.Sha256, origin.IsInCheckpoint)));
        // PostgreSQL keeps microseconds.
        Assert.All(found, origin => Assert.Equal(asset.CreatedAt, origin!.CreatedAt, TimeSpan.FromMicroseconds(1)));
        Assert.NotNull(found[0]!.Model);
        // The proof holds for whoever has nothing but the published key, and names no tenant.
        Assert.Null(before.Log);
        foreach (var log in found.Select(origin => origin!.Log!))
        {
            var receipt = new InclusionReceipt(TestCluster.Ledger.Origin, Hash(log.Inclusion.LeafHash), log.Inclusion.Index, log.Inclusion.Size, Hash(log.Inclusion.Root));
            var (note, key) = (SignedNote.Parse(System.Text.Encoding.UTF8.GetBytes(log.Receipt))!, TestCluster.Ledger.Signer.Key(InclusionReceipt.NameOf(TestCluster.Ledger.Origin)));
            TreeHash[] proof = [.. log.Inclusion.Hashes.Select(Hash)];
            Assert.Equal(key.ToString(), log.Key);
            Assert.True(receipt.IsProvedBy(note, key, proof));
            Assert.False((receipt with { Index = receipt.Index + 1 }).IsProvedBy(note, key, proof));
            Assert.False(receipt.IsProvedBy(note, new NoteSigner(new byte[32].Select((_, i) => (byte)(i + 1)).ToArray()).Key(key.Name), proof));
            Assert.DoesNotContain("origin-found", log.Receipt + log.Key, StringComparison.Ordinal);
            // The entry is that of the event which recorded the picture, and the root that of the signed checkpoint.
            var head = (await silo.Cluster.Grains.Ledger(brand.Tenant).Checkpoint(None))!;
            Assert.Equal(Checkpoint.Parse(SignedNote.Parse(System.Text.Encoding.UTF8.GetBytes(head.Note))!.Text)!.Root, receipt.Root);
        }
    }

    private static TreeHash Hash(string text) => TreeHash.TryParse(text, out var hash) ? hash : throw new FormatException(text);

    [Fact]
    public async Task What_was_never_given_out_is_not_found()
    {
        var origins = silo.Cluster.Grains.Origins();

        Assert.Null(await origins.ByWatermark("0123456789ab", None));
        Assert.Null(await origins.ByWatermark("no watermark", None));
        Assert.Null(await origins.ByManifest("urn:c2pa:00000000-0000-4000-8000-000000000000", None));
    }

    [Fact]
    public async Task A_look_is_found_up_to_31_bits_apart_wherever_they_lie_and_not_beyond()
    {
        var random = new Random(20_261_129);
        var kept = new PdqHash(Bytes(random));
        await Insert("look-kept", kept, quality: 90);

        for (var tried = 0; tried < 24; tried++)
        {
            // The worst case for the index too: two bits in every piece but one.
            var flipped = tried == 0 ? Enumerable.Range(0, PdqHash.MostBitsApart).Select(i => i / 2 * 16 + i % 2 * 7) : Choose(random, PdqHash.MostBitsApart);
            var near = await silo.Cluster.Grains.Origins().ByLook([new PdqHash(Bytes(random)).ToString(), Flip(kept, flipped).ToString()], None);
            var far = await silo.Cluster.Grains.Origins().ByLook([Flip(kept, Choose(random, PdqHash.MostBitsApart + 1)).ToString()], None);
            Assert.Equal(kept.ToString(), near?.Pdq);
            Assert.Null(far);
        }
    }

    [Fact]
    public async Task A_picture_with_too_little_to_see_is_not_found_by_its_look()
    {
        var plain = new PdqHash(Bytes(new Random(7)));
        await Insert("look-plain", plain, PdqHash.LeastQuality - 1);

        Assert.Null(await silo.Cluster.Grains.Origins().ByLook([plain.ToString()], None));
    }

    [Fact]
    public async Task The_index_of_looks_is_there_after_the_store_was_prepared_again()
    {
        await Vitrine.Silo.StorePreparation.Prepare(silo.Cluster.Database, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, None);

        await using var command = silo.Cluster.Database.CreateCommand("select count(*) from pg_indexes where schemaname = 'vitrine' and indexname in ('assets_by_pdq', 'assets_by_manifest')");
        Assert.Equal(2L, await command.ExecuteScalarAsync());
    }

    private async Task Insert(string tenant, PdqHash hash, int quality)
    {
        var asset = new AssetView(AssetId.Of(JobId.New(), 0).Value, "job", 0, new string('0', 64), new string('0', 64), "image/png", 1, 256, 256, 1, "urn:c2pa:" + tenant, "sha256:none", "policy",
            DateTimeOffset.UnixEpoch, [], Pdq: hash.ToString(), PdqQuality: quality);
        await using var command = silo.Cluster.Database.CreateCommand("insert into vitrine.mt_doc_assetview (tenant_id, id, data, mt_dotnet_type) values ($1, $2, $3::jsonb, 'test')");
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(asset.Id);
        command.Parameters.AddWithValue(System.Text.Json.JsonSerializer.Serialize(asset));
        await command.ExecuteNonQueryAsync();
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[PdqHash.Bits / 8];
        random.NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<int> Choose(Random random, int count) => Enumerable.Range(0, PdqHash.Bits).OrderBy(_ => random.Next()).Take(count).ToList();

    private static PdqHash Flip(PdqHash hash, IEnumerable<int> bits)
    {
        var bytes = hash.ToBytes();
        foreach (var bit in bits) bytes[bit / 8] ^= (byte)(1 << bit % 8);
        return new PdqHash(bytes);
    }
}
