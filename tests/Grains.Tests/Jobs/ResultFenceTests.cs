using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

/// <summary>Two devices that both believe to have a job: the record takes the result of the later attempt, once.</summary>
public sealed class ResultFenceTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DeviceId Other = new("other", DeviceKind.Cpu, 0);

    [Fact]
    public async Task A_late_result_of_an_attempt_that_was_overtaken_changes_nothing()
    {
        await using var cluster = await TestCluster.Start(devices: _ => false);
        var brand = await cluster.Tenant("fenced");
        var key = (await brand.Submit(brand.Asks("a red apple"))).Key;
        var job = cluster.Grains.Job(key);
        var (first, second) = ((await job.Begin(TestTenant.Device, None))!, (await job.Begin(Other, None))!);

        Assert.False(await job.Finish(first.Attempt, Made(first), None));
        Assert.False(await job.Finish(first.Attempt, new RenderResult([], new Failure("render_failed", "late"), true), None));
        Assert.Equal((JobState.Running, 2, 0), await job.Get() is { } running ? (running.State, running.Attempt, running.Failures) : default);

        Assert.True(await job.Finish(second.Attempt, Made(second), None));
        // The renderer that did not hear the answer asks again; the one that was overtaken still hears no.
        Assert.True(await job.Finish(second.Attempt, Made(second), None));
        Assert.False(await job.Finish(first.Attempt, Made(first), None));
        Assert.Single(await brand.Events(key.Job.Value), name => name == "job.completed");
        Assert.Single((await job.Get())!.Assets);
    }

    [Fact]
    public async Task Attempts_that_end_without_a_word_count_once_a_process_of_its_own_ended_because_of_the_job()
    {
        await using var cluster = await TestCluster.Start(devices: _ => false);
        var brand = await cluster.Tenant("suspect");
        var key = (await brand.Submit(brand.Asks("a red apple"))).Key;
        var job = cluster.Grains.Job(key);
        Assert.Equal(0, (await job.Begin(TestTenant.Device, None))!.Unreported);
        Assert.Equal(1, (await job.Begin(TestTenant.Device, None))!.Unreported);
        var third = (await job.Begin(TestTenant.Device, None))!;
        Assert.Equal(2, third.Unreported);

        Assert.True(await job.Finish(third.Attempt, new RenderResult([], new Failure("render_failed", "gone"), true) { Deaths = 2 }, None));

        Assert.Equal((JobState.Failed, "poisoned"), await job.Get() is { } over ? (over.State, over.Failure?.Code) : default);
    }

    private static RenderResult Made(RenderOrder order) => new([TestTenant.AssetOf(order, 0)], null, false);
}
