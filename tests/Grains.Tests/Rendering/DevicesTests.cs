using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Inference;
using DeviceKind = Vitrine.Grains.Interfaces.DeviceKind;
using RenderProgress = Vitrine.Inference.RenderProgress;

namespace Vitrine.Grains.Tests;

/// <summary>Devices that cannot make a model ready, and devices that are better than others. An accelerator here is a processor that is called one.</summary>
public sealed class DevicesTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Jobs_wait_for_a_model_that_no_device_can_make_ready_and_none_of_their_attempts_is_spent()
    {
        SickEngine sick = null!;
        await using var cluster = await TestCluster.Start(engine: (_, catalogue) => (DeviceKind.Cpu, sick = new SickEngine(catalogue)));
        var brand = await cluster.Tenant("patient");
        var keys = new List<JobKey>();
        for (var i = 0; i < 4; i++) keys.Add((await brand.Submit(brand.Asks("a red apple", seed: i))).Key);
        // Once ahead, when the silo started, and once more for the first job.
        await Eventually.True(() => sick.Tried > 1);
        foreach (var key in keys) await Eventually.True(async () => (await cluster.Grains.Job(key).Place())?.Held == true);
        // Time goes by, and it is tried again now and then.
        var tried = sick.Tried;
        for (var i = 0; i < 4; i++) cluster.Time.Advance(UnreadyModels.Longest);
        await Eventually.True(() => sick.Tried > tried);
        foreach (var key in keys) Assert.Equal((JobState.Queued, 0, 0), await brand.Job(key) is { } job ? (job.State, job.Attempt, job.Failures) : default);

        sick.IsWell = true;
        cluster.Time.Advance(UnreadyModels.Longest);

        foreach (var key in keys)
        {
            var job = await brand.End(key);
            Assert.Equal((JobState.Succeeded, 1, 0), (job.State, job.Attempt, job.Failures));
        }
    }

    [Fact]
    public async Task A_sick_device_takes_nothing_from_those_whom_a_healthy_one_beside_it_can_serve()
    {
        SickEngine sick = null!;
        WaitingEngine well = null!;
        await using var cluster = await TestCluster.Start(2, engine: (number, catalogue) => (DeviceKind.Cpu, number == 0 ? sick = new SickEngine(catalogue) : well = new WaitingEngine(catalogue)));
        var brand = await cluster.Tenant("unhurt");
        await Eventually.True(async () => (await cluster.Grains.RenderQueue(PoolId.Main).Status()).LiveDevices.Count == 2);
        // Once ahead, when the silo started.
        await Eventually.True(() => sick.Tried == 1);
        var keys = new List<JobKey>();
        // More than the healthy device holds, and it ends none yet: the rest can only go to the sick one.
        for (var i = 0; i < well.Slots + 4; i++) keys.Add((await brand.Submit(brand.Asks("a red apple", seed: i))).Key);
        await Eventually.True(() => sick.Tried > 1);
        well.Go();

        foreach (var key in keys)
        {
            var job = await brand.End(key);
            Assert.Equal((JobState.Succeeded, 1, 0), (job.State, job.Attempt, job.Failures));
            Assert.StartsWith("silo-1:", job.Device, StringComparison.Ordinal);
        }
    }

    /// <summary>Silo 0 has the only accelerator, silo 1 a processor, silo 2 nothing; silos that come later have accelerators.</summary>
    [Fact]
    public async Task A_processor_serves_while_no_accelerator_lives()
    {
        await using var cluster = await TestCluster.Start(3, engine: (number, catalogue) =>
            number == 2 ? null : (number == 1 ? DeviceKind.Cpu : DeviceKind.Cuda, new RenderingEngine(catalogue, new EngineOptions { Lanes = 1 })));
        var brand = await cluster.Tenant("fallback");
        await Eventually.True(async () => (await cluster.Grains.RenderQueue(PoolId.Main).Status()).LiveDevices.Count == 2);
        Assert.Contains(":cuda", (await brand.End((await brand.Submit(brand.Asks("a red apple", seed: 1))).Key)).Device, StringComparison.Ordinal);

        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos[0]);
        Assert.Contains("silo-1:cpu", (await brand.End(await brand.SubmitSurely(brand.Asks("a red apple", seed: 2)))).Device, StringComparison.Ordinal);

        await cluster.Silos.StartAdditionalSiloAsync();
        await Eventually.True(async () => (await brand.Surely(grains => grains.RenderQueue(PoolId.Main).Status())).LiveDevices.Any(device => device.Contains(":cuda", StringComparison.Ordinal)));
        Assert.Contains(":cuda", (await brand.End(await brand.SubmitSurely(brand.Asks("a red apple", seed: 3)))).Device, StringComparison.Ordinal);
    }

    /// <summary>An engine whose models do not load before it is well.</summary>
    private sealed class SickEngine(ModelCatalogue catalogue) : IRenderingEngine
    {
        private readonly RenderingEngine _inner = new(catalogue, new EngineOptions());
        private int _tried;

        public bool IsWell { get; set; }
        public int Tried => _tried;
        public Device Device => _inner.Device;
        public EngineStatistics Statistics => _inner.Statistics;
        public IReadOnlyList<string> Resident => _inner.Resident;
        public int Slots => _inner.Slots;
        public int ExpressSlots => _inner.ExpressSlots;

        public async Task Load(string model, CancellationToken cancellation = default)
        {
            Interlocked.Increment(ref _tried);
            await (IsWell ? _inner.Load(model, cancellation) : Task.FromException(new ModelLoadException(model, "its weights cannot be read.")));
        }

        public Task<RenderedImage> Render(ImageRequest request, Action<RenderProgress>? progress = null, CancellationToken cancellation = default, CancellationToken pause = default) =>
            IsWell ? _inner.Render(request, progress, cancellation, pause) : Task.FromException<RenderedImage>(new ModelLoadException(request.Model, "its weights cannot be read."));

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }

    /// <summary>An engine that begins nothing before it is let go.</summary>
    private sealed class WaitingEngine(ModelCatalogue catalogue) : IRenderingEngine
    {
        private readonly RenderingEngine _inner = new(catalogue, new EngineOptions());
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Device Device => _inner.Device;
        public EngineStatistics Statistics => _inner.Statistics;
        public IReadOnlyList<string> Resident => _inner.Resident;
        public int Slots => _inner.Slots;
        public int ExpressSlots => _inner.ExpressSlots;

        public void Go() => _go.SetResult();
        public Task Load(string model, CancellationToken cancellation = default) => _inner.Load(model, cancellation);

        public async Task<RenderedImage> Render(ImageRequest request, Action<RenderProgress>? progress = null, CancellationToken cancellation = default, CancellationToken pause = default)
        {
            await _go.Task.WaitAsync(cancellation);
            return await _inner.Render(request, progress, cancellation, pause);
        }

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
