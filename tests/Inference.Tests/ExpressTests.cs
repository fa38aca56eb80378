using Xunit.Abstractions;

namespace Vitrine.Inference.Tests;

/// <summary>An express picture preempts those that the device has begun, between two steps; they go on where they stood and come out to the bit as if they had been alone.</summary>
public sealed class ExpressTests(ITestOutputHelper output)
{
    private static readonly EngineOptions OneLane = new() { Lanes = 1, Batch = 2 };
    private static readonly ImageRequest Begun = Engines.Apple with { Steps = 8 };
    private static readonly ImageRequest Express = Engines.Apple with { Prompt = "a blue car", Seed = 99, Express = true };

    [Fact]
    public async Task Pictures_that_were_begun_stand_aside_until_the_express_one_is_done()
    {
        await using var scene = new Scene(OneLane);
        var begun = scene.Begin(Begun with { Seed = 1 }, Begun with { Seed = 2 });
        var express = scene.AskAtStep(3, Express);
        var completed = scene.CompletedAtStep(7);
        scene.Go();

        var (image, others) = (await express, await Task.WhenAll(begun));
        Assert.Equal(1, await completed);

        Assert.Equal((12, 4), (scene.Engine.Statistics.StepsRun, scene.Engine.Statistics.RunsByBatch[1]));
        Assert.Equal(2, scene.Engine.Statistics.SetAside);
        Assert.Equal(TimeSpan.Zero, image.TimeAside);
        Assert.All(others, picture => Assert.True(picture.TimeAside >= image.DeviceTime));
        await EqualsAlone(Express, image);
        await EqualsAlone(Begun with { Seed = 1 }, others[0]);
        await EqualsAlone(Begun with { Seed = 2 }, others[1]);
    }

    [Fact]
    public async Task An_express_picture_passes_those_that_wait()
    {
        await using var scene = new Scene(OneLane);
        var waiting = scene.Begin([.. Enumerable.Range(0, 5).Select(i => Begun with { Seed = (ulong)i })]);
        var express = scene.AskAtStep(1, Express);
        var completed = scene.CompletedAtStep(5);
        scene.Go();

        await Task.WhenAll([express, .. waiting]);
        Assert.Equal(1, await completed);
    }

    [Fact]
    public async Task A_picture_is_set_aside_once_and_a_second_express_one_waits_until_it_has_left()
    {
        await using var scene = new Scene(OneLane);
        var begun = scene.Begin(Begun);
        var first = scene.AskAtStep(2, Express);
        // The first one has taken two of its steps.
        var second = scene.AskAtStep(4, Express with { Seed = 100 });
        var completed = scene.CompletedAtStep(13);
        scene.Go();

        await first;
        var picture = await begun[0];
        // The second one's first step is the thirteenth.
        Assert.Equal(2, await completed);
        await EqualsAlone(Express with { Seed = 100 }, await second);
        Assert.Equal(1, scene.Engine.Statistics.SetAside);
        await EqualsAlone(Begun, picture);
    }

    [Fact]
    public async Task A_picture_that_waits_in_the_lane_is_passed_once_too()
    {
        await using var scene = new Scene(OneLane);
        var pictures = scene.Begin(Begun with { Seed = 1 }, Begun with { Seed = 2 }, Begun with { Seed = 3 });
        var first = scene.AskAtStep(2, Express);
        var second = scene.AskAtStep(4, Express with { Seed = 100 });
        var completed = scene.CompletedAtStep(21);
        scene.Go();

        await Task.WhenAll([first, second, .. pictures]);
        // Eight steps of two, four of the first, eight of the one that waited; then comes the second.
        Assert.Equal((24, 4), (scene.Engine.Statistics.StepsRun, await completed));
    }

    [Fact]
    public async Task An_enlargement_stands_aside_between_two_tiles()
    {
        var large = Begun with { Width = 1024, Height = 1024 };
        await using var scene = new Scene(OneLane);
        var begun = scene.Begin(large);
        var express = scene.Ask(engine => engine.Statistics.Tiles == 2, Express);
        var tiles = scene.At(11, engine => engine.Statistics.Tiles);
        scene.Go();

        await express;
        Assert.Equal(2, await tiles);
        await EqualsAlone(large, await begun[0]);
        Assert.Equal(1, scene.Engine.Statistics.SetAside);
    }

    [Fact]
    public async Task Where_a_row_more_costs_little_only_those_without_room_stand_aside()
    {
        await using var scene = new Scene(OneLane with { Batch = 3, ExpressAlone = false });
        var begun = scene.Begin(Begun with { Seed = 1 }, Begun with { Seed = 2 }, Begun with { Seed = 3 });
        var express = scene.AskAtStep(2, Express);
        scene.Go();

        await EqualsAlone(Express, await express);
        var others = await Task.WhenAll(begun);
        Assert.Equal(1, scene.Engine.Statistics.SetAside);
        Assert.Equal(TimeSpan.Zero, others[0].TimeAside);
        Assert.Equal(TimeSpan.Zero, others[1].TimeAside);
        // Two steps of the three, four of two of them and the express one, two of the three again: never a larger batch than the model's.
        Assert.Equal(8, scene.Engine.Statistics.RunsByBatch[3]);
        Assert.Equal(0, scene.Engine.Statistics.RunsByBatch[4]);
        for (var i = 0; i < others.Length; i++)
            await EqualsAlone(Begun with { Seed = (ulong)i + 1 }, others[i]);
    }

    [Fact]
    public async Task A_picture_leaves_while_it_stands_aside_when_it_is_cancelled_and_with_its_step_when_it_is_paused()
    {
        using var cancel = new CancellationTokenSource();
        using var pause = new CancellationTokenSource();
        await using var scene = new Scene(OneLane);
        var cancelled = scene.Engine.Render(Begun with { Seed = 1 }, cancellation: cancel.Token);
        var paused = scene.Engine.Render(Begun with { Seed = 2 }, pause: pause.Token);
        await Engines.Until(() => scene.Engine.Statistics.Waiting == 2);
        var express = scene.AskAtStep(3, Express);
        scene.When(engine => engine.Statistics.StepsRun == 5, () =>
        {
            cancel.Cancel();
            pause.Cancel();
        });
        scene.Go();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        var checkpoint = (await Assert.ThrowsAsync<RenderPausedException>(() => paused)).Checkpoint;
        await EqualsAlone(Express, await express);
        Assert.Equal(3, checkpoint!.StepsDone);
        await EqualsAlone(Begun with { Seed = 2 }, await scene.Engine.Render(Begun with { Seed = 2, Resume = checkpoint }));
    }

    [Fact]
    public async Task When_the_express_picture_is_called_off_the_others_go_on_at_once()
    {
        using var cancel = new CancellationTokenSource();
        await using var scene = new Scene(OneLane);
        var begun = scene.Begin(Begun);
        var express = scene.AskAtStep(3, Express, cancel.Token);
        scene.When(engine => engine.Statistics.StepsRun == 5, cancel.Cancel);
        scene.Go();

        var picture = await begun[0];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => express);
        Assert.Equal(10, scene.Engine.Statistics.StepsRun);
        await EqualsAlone(Begun, picture);
    }

    [Fact]
    public async Task An_express_picture_that_fails_sets_nobody_aside_for_ever()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder, "tiny");
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), OneLane);
        var begun = Enumerable.Range(0, 4).Select(_ => engine.Render(TinyModels.Request("tiny") with { Steps = 50 })).ToList();

        await Assert.ThrowsAsync<RenderFailedException>(() => engine.Render(TinyModels.Request("tiny") with { Guidance = 3, Express = true }));
        await Task.WhenAll(begun);
    }

    [Fact]
    public async Task Express_pictures_do_not_wait_for_each_other_while_there_is_another_lane()
    {
        using var gate = new ManualResetEventSlim();
        await using var engine = Engines.AnEngine(new EngineOptions { Lanes = 2, Batch = 2 }, gate.Wait);
        var all = new List<Task<RenderedImage>>();
        // The one lane is as busy as the other; then each gets one of the two.
        foreach (var request in new[] { Begun, Begun, Express, Express })
        {
            all.Add(engine.Render(request));
            await Engines.Until(() => engine.Statistics.Waiting == all.Count);
        }
        gate.Set();
        await Task.WhenAll(all[2], all[3]);
        await Task.WhenAll(all);

        Assert.Equal(2, engine.ExpressSlots);
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, true)]
    [InlineData(53, false)]
    public async Task A_random_crowd_comes_out_as_each_would_alone_whoever_is_express(int seed, bool alone)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var requests = Enumerable.Range(0, 24).Select(i => Engines.Apple with
        {
            Seed = (ulong)random.Next(5), Steps = random.Next(3, 12), Prompt = i % 3 == 0 ? "a robot" : "a red apple, 3d style", Express = i % 8 == 7,
            Width = random.Next(8) == 0 ? 512 : 64, Height = 64, Previews = random.Next(2),
        }).ToList();
        var calls = requests.Select(_ => new CancellationTokenSource()).ToList();
        var pictures = new List<Task<RenderedImage>>();
        await using var scene = new Scene(OneLane with { MaxBatch = 3, ExpressAlone = alone });
        scene.EveryTurn(engine =>
        {
            // One after the other at any step, so that there is always something begun.
            while (pictures.Count < requests.Count && (engine.Statistics is var now && now.InFlight + now.Waiting <= 3 || random.Next(4) == 0))
                pictures.AddRange(scene.Begin(calls[pictures.Count].Token, requests[pictures.Count]));
            if (random.Next(12) == 0)
                calls[random.Next(pictures.Count)].Cancel();
        });
        pictures.AddRange(scene.Begin(calls[0].Token, requests[0]));
        scene.Go();
        await Engines.Until(() => Volatile.Read(ref pictures).Count == requests.Count);
        await Record.ExceptionAsync(() => Task.WhenAll(pictures)); // Of those that were called off.

        var statistics = scene.Engine.Statistics;
        output.WriteLine($"set aside {statistics.SetAside}, express {requests.Count(request => request.Express)}, called off {statistics.Cancelled}");
        Assert.InRange(statistics.SetAside, 1, requests.Count);
        await using var lonely = Engines.AnEngine(OneLane);
        for (var i = 0; i < requests.Count; i++)
            if (!calls[i].IsCancellationRequested)
                Assert.Equal((await lonely.Render(requests[i] with { Express = false })).Image.Pixels, (await pictures[i]).Image.Pixels);
        calls.ForEach(call => call.Dispose());
    }

    private static async Task EqualsAlone(ImageRequest request, RenderedImage found)
    {
        await using var alone = Engines.AnEngine(OneLane);
        Assert.Equal((await alone.Render(request)).Image.Pixels, found.Image.Pixels);
    }

    /// <summary>An engine whose device waits for <see cref="Go"/> and then does what it was told to at exact turns.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly ManualResetEventSlim gate = new();
        private readonly List<(Func<RenderingEngine, bool> When, Action Act)> plans = [];
        private Action<RenderingEngine>? everyTurn;

        public Scene(EngineOptions options) => Engine = Engines.AnEngine(options, Turn);

        public RenderingEngine Engine { get; }

        public List<Task<RenderedImage>> Begin(params ImageRequest[] requests) => Begin(CancellationToken.None, requests);

        public List<Task<RenderedImage>> Begin(CancellationToken cancellation, params ImageRequest[] requests)
        {
            var pictures = new List<Task<RenderedImage>>();
            foreach (var request in requests)
            {
                var waiting = Engine.Statistics.Waiting;
                pictures.Add(Engine.Render(request, cancellation: cancellation));
                SpinWait.SpinUntil(() => Engine.Statistics.Waiting > waiting);
            }
            return pictures;
        }

        public void EveryTurn(Action<RenderingEngine> act) => everyTurn = act;

        public void When(Func<RenderingEngine, bool> when, Action act) => plans.Add((when, act));

        public Task<RenderedImage> AskAtStep(int step, ImageRequest request, CancellationToken cancellation = default) => Ask(engine => engine.Statistics.StepsRun == step, request, cancellation);

        public Task<RenderedImage> Ask(Func<RenderingEngine, bool> when, ImageRequest request, CancellationToken cancellation = default)
        {
            var asked = new TaskCompletionSource<Task<RenderedImage>>(TaskCreationOptions.RunContinuationsAsynchronously);
            When(when, () => asked.SetResult(Begin(cancellation, request)[0]));
            return asked.Task.Unwrap();
        }

        public Task<long> CompletedAtStep(int step) => At(step, engine => engine.Statistics.Completed);

        public Task<long> At(int step, Func<RenderingEngine, long> what)
        {
            var found = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            When(engine => engine.Statistics.StepsRun == step, () => found.SetResult(what(Engine)));
            return found.Task;
        }

        public void Go() => gate.Set();

        public async ValueTask DisposeAsync()
        {
            gate.Set();
            await Engine.DisposeAsync();
            gate.Dispose();
        }

        private void Turn()
        {
            gate.Wait();
            everyTurn?.Invoke(Engine);
            foreach (var plan in plans.Where(plan => plan.When(Engine)).ToList())
            {
                plans.Remove(plan);
                plan.Act();
            }
        }
    }
}
