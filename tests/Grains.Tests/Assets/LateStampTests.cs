using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Rendering;
using Vitrine.Media;
using Vitrine.Provenance;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests;

/// <summary>A picture that was signed while the time stamp authority was away gets its stamp when it is back, and the file that left does not change.</summary>
public sealed class LateStampTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly Interrupted _authority = new();
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(timeStamps: _authority);
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task While_the_authority_is_away_pictures_go_out_and_once_it_is_back_each_has_a_second_file_with_its_stamp()
    {
        var brand = await _cluster.Tenant("stamped");
        var first = await Made(brand, images: 3);
        Assert.All(first, asset => Assert.True(asset.AwaitsStamp));
        await Sweep();
        Assert.All(await Now(brand, first), asset => Assert.True(asset.AwaitsStamp));

        _authority.IsBack = true;
        await Stamped(brand, first);

        foreach (var (before, after) in first.Zip(await Now(brand, first)))
        {
            // What was announced stands: the first file is still there, with its digest.
            Assert.Equal((before.Sha256, before.Length, before.Manifest, null), (after.Sha256, after.Length, after.Manifest, after.AwaitsStamp));
            var (plain, stamped) = (await File(brand, after), await File(brand, after.OfNewestFile()));
            Assert.Null(Verdict(plain).StampedAt);
            Assert.NotNull(Verdict(stamped).OfContent.StampedAt);
            Assert.Equal(after.Stamped!.Manifest, Verdict(stamped).Label);
            Assert.Equal(ImageDecoder.Decode(plain) is DecodeResult.Decoded { Image: var a } ? a.ToRgb() : [], ImageDecoder.Decode(stamped) is DecodeResult.Decoded { Image: var b } ? b.ToRgb() : [1]);
        }
        // A picture that is made now needs no second file.
        var later = Assert.Single(await Made(brand, images: 1));
        Assert.Null(later.AwaitsStamp);
        Assert.NotNull(Verdict(await File(brand, later)).StampedAt);
    }

    [Fact]
    public async Task A_stamped_file_is_found_by_its_manifest_kept_by_the_sweep_of_orphans_proved_by_the_log_and_erased_with_the_picture()
    {
        var brand = await _cluster.Tenant("kept");
        var asset = Assert.Single(await Made(brand, images: 1));
        _authority.IsBack = true;
        await Stamped(brand, [asset]);
        var stamped = Assert.Single(await Now(brand, [asset])).Stamped!;

        foreach (var manifest in new[] { asset.Manifest, stamped.Manifest })
        {
            var origin = await _cluster.Grains.Origins().ByManifest(manifest, None);
            Assert.Equal((brand.Tenant, stamped.Sha256, stamped.Manifest), (origin!.Tenant, origin.Sha256, origin.Manifest));
        }

        var time = new ShiftedTime();
        time.Advance(TimeSpan.FromMinutes(61));
        await new OrphanSweep(_cluster.Blobs, new NamedBlobs(_cluster.Database), _cluster.Database, time, NullLogger<OrphanSweep>.Instance).Sweep(None);
        Assert.Equal(2, await _cluster.StoredBlobs(brand.Tenant));

        await _cluster.Grains.Ledgers().Seal(None);
        var evidence = (await _cluster.Grains.Ledger(brand.Tenant).Evidence(new AssetId(asset.Id), None))!.Value!;
        var entry = Provenance.Ledger.LeafEnvelope.Parse(evidence.Events[^1].Entry)!;
        Assert.Equal(("asset.stamped", stamped.Manifest, stamped.Sha256), (entry.Type, entry.Manifest, Convert.ToHexStringLower(entry.FileSha256!.Value.ToArray())));

        Assert.True(await _cluster.Grains.Asset(new(brand.Tenant, new AssetId(asset.Id))).Erase(None));
        Assert.Equal(0, await _cluster.StoredBlobs(brand.Tenant));
        Assert.NotNull(Assert.Single(await Now(brand, [asset])).ErasedAt);
    }

    [Fact]
    public async Task A_picture_whose_file_is_damaged_holds_up_no_other_and_an_erased_one_waits_no_more()
    {
        var brand = await _cluster.Tenant("damaged");
        var assets = await Made(brand, images: 4);
        await _cluster.Blobs.Delete(new BlobKey(brand.Tenant.Value, assets[0].Sha256), None);
        await _cluster.Grains.Asset(new(brand.Tenant, new AssetId(assets[1].Id))).Erase(None);
        _authority.IsBack = true;

        await Stamped(brand, assets.Skip(2));

        Assert.Equal([true, false, false, false], (await Now(brand, assets)).Select(asset => asset.AwaitsStamp ?? false));
        Assert.Equal([false, false, true, true], (await Now(brand, assets)).Select(asset => asset.Stamped is not null));
    }

    [Fact]
    public async Task Of_two_silos_that_stamp_one_picture_at_once_one_keeps_its_file()
    {
        var brand = await _cluster.Tenant("twice");
        var asset = Assert.Single(await Made(brand, images: 1));
        _authority.IsBack = true;
        var stamping = _cluster.Services.GetRequiredService<LateStamping>();
        var key = new AssetKey(brand.Tenant, new AssetId(asset.Id));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => stamping.Stamp(key, None))));

        // At most one: the silo's own sweep may have been first.
        Assert.True(outcomes.Count(outcome => outcome == LateStampOutcome.Stamped) <= 1, string.Join(", ", outcomes));
        Assert.DoesNotContain(LateStampOutcome.Impossible, outcomes);
        Assert.Equal(2, await _cluster.StoredBlobs(brand.Tenant));
        Assert.NotNull(Verdict(await File(brand, Assert.Single(await Now(brand, [asset])).OfNewestFile())).OfContent.StampedAt);
    }

    private static async Task<IReadOnlyList<AssetView>> Made(TestTenant brand, int images)
    {
        var job = await brand.End((await brand.Submit(brand.Asks("a red apple", images))).Key);
        Assert.Equal(JobState.Succeeded, job.State);
        return job.Assets;
    }

    private async Task<AssetView[]> Now(TestTenant brand, IEnumerable<AssetView> assets) =>
        [.. (await Task.WhenAll(assets.Select(asset => _cluster.Grains.Asset(new(brand.Tenant, new AssetId(asset.Id))).Get(None)))).Select(asset => asset!)];

    // The sweep of the silo itself goes on beside this one.
    private async Task Stamped(TestTenant brand, IEnumerable<AssetView> assets)
    {
        await Sweep();
        await Eventually.True(async () => (await Now(brand, assets)).All(asset => asset.Stamped is not null));
    }

    private async Task Sweep() => await new StampSweep(_cluster.Services.GetRequiredService<Assets.LateStamps>(), _cluster.Services.GetRequiredService<LateStamping>(), NullLogger<StampSweep>.Instance).Sweep(None);

    private async Task<byte[]> File(TestTenant brand, AssetView asset)
    {
        await using var content = await _cluster.Blobs.Open(new BlobKey(brand.Tenant.Value, asset.Sha256), None);
        var bytes = await content!.ReadAll(None);
        Assert.Equal((asset.Sha256, asset.Length), (Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length));
        return bytes;
    }

    private ManifestSummary Verdict(byte[] file)
    {
        var verdict = ContentCredentials.Verify(file, TestCluster.Anchors, _cluster.Time.GetUtcNow());
        Assert.Equal(CredentialState.Trusted, verdict.State);
        return verdict.Manifest!;
    }

    /// <summary>A real authority that is away until it is back.</summary>
    private sealed class Interrupted : ITimeStampAuthority
    {
        private readonly ITimeStampAuthority _authority = TestCluster.TimeStamps(TimeProvider.System);

        public bool IsBack { get; set; }

        public Task<byte[]> Answer(ReadOnlyMemory<byte> request, CancellationToken cancellation) =>
            IsBack ? _authority.Answer(request, cancellation) : throw new TimeStampUnavailableException();
    }
}
