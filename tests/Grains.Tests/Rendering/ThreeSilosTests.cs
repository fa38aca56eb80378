using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Media;

namespace Vitrine.Grains.Tests;

/// <summary>Silo 0 has no device; every other has a processor.</summary>
public sealed class ThreeSilosTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(3, number => number > 0);
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Renderers_stand_only_on_the_silos_whose_devices_they_are()
    {
        var brand = await _cluster.Tenant("placed");
        var keys = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i => (await brand.Submit(brand.Asks("a red apple", images: 2, seed: i))).Key));
        foreach (var key in keys) Assert.Equal(JobState.Succeeded, (await brand.End(key)).State);

        var expected = _cluster.Silos.Silos.SelectMany(silo => DevicesOf(silo).Ids.Select(device => (device.ToString(), silo.SiloAddress))).Order().ToList();
        Assert.Equal(2, expected.Count);
        Assert.Equal(expected, (await Activations("vitrine.renderer")).Order());
        var nowhere = await Record.ExceptionAsync(() => _cluster.Grains.Renderer(new(expected[0].Item1.Split(':')[0], DeviceKind.Cuda, 0)).Status());
        Assert.IsType<OrleansException>(nowhere, exactMatch: false);
    }

    [Fact]
    public async Task Without_any_device_jobs_are_accepted_and_held_and_rendered_once_a_device_returns()
    {
        var brand = await _cluster.Tenant("held");
        var pixels = (await brand.End((await brand.Submit(brand.Asks("a red apple", images: 3, seed: 100))).Key)).Assets.Select(asset => asset.PixelSha256).ToList();
        foreach (var silo in _cluster.Silos.Silos.Where(silo => DevicesOf(silo).Ids.Any()).ToList()) await _cluster.Silos.KillSiloAsync(silo);

        var keys = new List<JobKey>();
        for (var i = 0; i < 6; i++) keys.Add(await brand.SubmitSurely(brand.Asks("a red apple", images: 3, seed: 100)));
        foreach (var key in keys) await Eventually.True(async () => (await brand.Surely(grains => grains.Job(key).Place()))?.Held == true);
        Assert.All(await Task.WhenAll(keys.Select(key => brand.Surely(grains => grains.Job(key).Get()))), job => Assert.Equal(JobState.Queued, job!.State));

        await _cluster.Silos.StartAdditionalSiloAsync();

        foreach (var key in keys)
        {
            var job = await brand.End(key);
            Assert.Equal((JobState.Succeeded, 1), (job.State, job.Attempt));
            Assert.Equal(pixels, job.Assets.Select(asset => asset.PixelSha256));
        }
        await AssertExactlyOnce(brand, pictures: 7 * 3);
    }

    [Theory, InlineData("vitrine.render-queue"), InlineData("vitrine.job")]
    public async Task When_the_silo_of_a_grain_dies_in_the_middle_every_accepted_job_ends_exactly_once(string grain)
    {
        var brand = await _cluster.Tenant("killed", limits: new Limits(CreditsPerMonth: new Credits(1_000_000_000)));
        var keys = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i => (await brand.Submit(brand.Asks("a red apple", images: 2, seed: i, steps: 8, side: 128))).Key));
        await Eventually.True(async () => (await JobFacts.Of(_cluster.Database, brand.Tenant)).Any(job => job.Ended == 1));
        var victim = (await Activations(grain)).First().Silo;

        await _cluster.Silos.KillSiloAsync(_cluster.Silos.Silos.Single(silo => silo.SiloAddress.Equals(victim)));

        foreach (var key in keys) Assert.Equal(JobState.Succeeded, (await brand.End(key)).State);
        await AssertExactlyOnce(brand, pictures: 16 * 2);
        var account = await brand.Surely(grains => grains.Tenant(brand.Tenant).Account(None));
        await Eventually.True(async () => (await brand.Surely(grains => grains.Tenant(brand.Tenant).Account(None)))!.Reserved == Credits.Zero);
    }

    private async Task AssertExactlyOnce(TestTenant brand, int pictures)
    {
        JobFacts.AssertEnded(await JobFacts.Of(_cluster.Database, brand.Tenant));
        await using var command = _cluster.Database.CreateCommand("""
            select count(*), count(distinct stream_id), coalesce(array_agg(data->'Asset'->>'Sha256'), '{}') from vitrine.mt_events where tenant_id = $1 and type = 'asset.output_produced'
            """);
        command.Parameters.AddWithValue(brand.Tenant.Value);
        await using var rows = await command.ExecuteReaderAsync();
        Assert.True(await rows.ReadAsync());
        Assert.Equal((pictures, pictures), (rows.GetInt64(0), rows.GetInt64(1)));
        foreach (var sha256 in rows.GetFieldValue<string[]>(2)) Assert.True(await _cluster.Blobs.Verify(new BlobKey(brand.Tenant.Value, sha256), None));
    }

    private async Task<IEnumerable<(string Key, SiloAddress Silo)>> Activations(string grainType)
    {
        var statistics = await _cluster.Silos.Client.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return statistics.Where(each => each.GrainId.Type.ToString() == grainType).Select(each => (each.GrainId.Key.ToString()!, each.SiloAddress));
    }

    private static LocalDevices DevicesOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<LocalDevices>();
}
