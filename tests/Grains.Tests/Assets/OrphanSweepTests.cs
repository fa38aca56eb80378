using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests;

/// <summary>I5: no blob is lost, none is leaked.</summary>
[Collection(nameof(OneSilo))]
public sealed class OrphanSweepTests(OneSilo silo)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task What_a_killed_attempt_left_behind_goes_after_an_hour_and_what_an_asset_names_stays()
    {
        var cluster = silo.Cluster;
        var brand = await cluster.Tenant("orphans");
        var job = await brand.End((await brand.Submit(brand.Asks("a red apple", images: 2))).Key);
        var orphan = await cluster.Blobs.Put(brand.Tenant.Value, RandomNumberGenerator.GetBytes(100), None);
        // From where the silo's clock stands, which other tests have set ahead.
        var time = new ShiftedTime();
        time.Advance(cluster.Time.GetUtcNow() - time.GetUtcNow());
        var sweep = new OrphanSweep(cluster.Blobs, new NamedBlobs(cluster.Database), cluster.Database, time, NullLogger<OrphanSweep>.Instance);

        await sweep.Sweep(None);
        Assert.True(await cluster.Blobs.Verify(orphan, None));

        time.Advance(TimeSpan.FromMinutes(61));
        await sweep.Sweep(None);

        Assert.False(await cluster.Blobs.Verify(orphan, None));
        Assert.Equal(JobState.Succeeded, job.State);
        foreach (var asset in job.Assets) Assert.True(await cluster.Blobs.Verify(new BlobKey(brand.Tenant.Value, asset.Sha256), None));
    }

    [Fact]
    public async Task The_bytes_of_an_erased_picture_that_an_interrupted_erasing_left_go_too()
    {
        var cluster = silo.Cluster;
        var brand = await cluster.Tenant("orphans-erased");
        var assets = (await brand.End((await brand.Submit(brand.Asks("a red apple", images: 2))).Key)).Assets;
        // As a silo leaves it that dies between the record and the bytes.
        await cluster.Services.GetRequiredService<EventJournal>().Append(
            Commit.Of(brand.Tenant, StreamAppend.Continue(assets[0].Id, 1, assets[0], new AssetErased(cluster.Time.GetUtcNow().ToMicroseconds()))), None);
        var time = new ShiftedTime();
        time.Advance(cluster.Time.GetUtcNow() - time.GetUtcNow() + TimeSpan.FromMinutes(61));

        await new OrphanSweep(cluster.Blobs, new NamedBlobs(cluster.Database), cluster.Database, time, NullLogger<OrphanSweep>.Instance).Sweep(None);

        Assert.False(await cluster.Blobs.Verify(new BlobKey(brand.Tenant.Value, assets[0].Sha256), None));
        Assert.True(await cluster.Blobs.Verify(new BlobKey(brand.Tenant.Value, assets[1].Sha256), None));
    }
}
