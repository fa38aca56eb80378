using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Inference;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class CancelJobTests(OneSilo silo)
{
    [Fact]
    public async Task A_job_that_is_rendering_ends_at_once_gives_its_credits_back_and_leaves_the_device()
    {
        var brand = await silo.Cluster.Tenant("cancel-running");
        var devices = silo.Cluster.Services.GetRequiredService<LocalDevices>();
        var device = devices.Ids.Single();
        var before = devices.Engine(device).Statistics.Cancelled;
        var key = await AJobThatIsRendering(brand);

        var outcome = await silo.Cluster.Grains.Job(key).Cancel("testkey", CancellationToken.None)!;

        Assert.Equal((JobState.Canceled, 0L), (outcome!.Value!.State, outcome.Value.SettledMicro));
        Assert.Equal(JobState.Canceled, (await brand.End(key)).State);
        await Eventually.True(async () => (await silo.Cluster.Grains.Renderer(device).Status()).Holding.Count == 0);
        await Eventually.True(() => devices.Engine(device).Statistics is { InFlight: 0, Waiting: 0 } now && now.Cancelled > before);
        await Eventually.True(async () => (await silo.Cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None))!.Reserved == Credits.Zero);
        JobFacts.AssertEnded(await JobFacts.Of(silo.Cluster.Database, brand.Tenant));
    }

    [Fact]
    public async Task Pictures_of_a_canceled_job_are_not_kept()
    {
        var brand = await silo.Cluster.Tenant("cancel-blobs");
        var (key, _) = await brand.Submit(brand.Asks("a red apple", images: 10, steps: 1, side: 1024));
        await Eventually.True(async () => await silo.Cluster.StoredBlobs(brand.Tenant) > 0);

        Assert.Null((await silo.Cluster.Grains.Job(key).Cancel("testkey", CancellationToken.None)!)!.Refusal);

        await Eventually.True(async () => (await silo.Cluster.Grains.Renderer(silo.Cluster.Services.GetRequiredService<LocalDevices>().Ids.Single()).Status()).Holding.Count == 0);
        Assert.Equal(0, await silo.Cluster.StoredBlobs(brand.Tenant));
    }

    [Fact]
    public async Task A_job_that_waits_is_never_begun()
    {
        var brand = await silo.Cluster.Tenant("cancel-waiting", userLimits: new Limits(Running: 1));
        var running = await AJobThatIsRendering(brand);
        var (waiting, _) = await brand.Submit(brand.Asks("a green apple"));

        Assert.Equal(JobState.Canceled, (await silo.Cluster.Grains.Job(waiting).Cancel("testkey", CancellationToken.None)!)!.Value!.State);
        await silo.Cluster.Grains.Job(running).Cancel("testkey", CancellationToken.None)!;
        var (next, _) = await brand.Submit(brand.Asks("a blue apple"));
        await brand.End(next);

        Assert.Equal((JobState.Canceled, 0), (await brand.Job(waiting)) is { } job ? (job.State, job.Attempt) : default);
    }

    [Fact]
    public async Task A_finished_job_cannot_be_canceled()
    {
        var brand = await silo.Cluster.Tenant("cancel-finished");
        var (key, _) = await brand.Submit(brand.Asks("a red apple"));
        await brand.End(key);

        var outcome = await silo.Cluster.Grains.Job(key).Cancel("testkey", CancellationToken.None)!;

        Assert.Equal(Refused.AlreadyFinished, outcome!.Refusal!.Reason);
        Assert.Equal(JobState.Succeeded, (await brand.Job(key))!.State);
    }

    [Fact]
    public async Task Canceling_and_finishing_at_the_same_time_end_the_job_once()
    {
        var brand = await silo.Cluster.Tenant("cancel-race");
        var keys = new List<JobKey>();
        for (var i = 0; i < 12; i++) keys.Add((await brand.Submit(brand.Asks("a red apple", steps: 1, side: 8, seed: i))).Key);

        await Task.WhenAll(keys.Select(key => silo.Cluster.Grains.Job(key).Cancel("testkey", CancellationToken.None)!));
        foreach (var key in keys) await brand.End(key);

        JobFacts.AssertEnded(await JobFacts.Of(silo.Cluster.Database, brand.Tenant));
    }

    private static async Task<JobKey> AJobThatIsRendering(TestTenant brand)
    {
        var (key, _) = await brand.Submit(brand.Asks("a red apple", images: 10, steps: 50, side: 1024));
        await Eventually.True(async () => (await brand.Job(key))!.State == JobState.Running);
        return key;
    }
}
