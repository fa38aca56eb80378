namespace Vitrine.Inference.Tests;

public sealed class CancellationTests
{
    [Fact]
    public async Task A_cancelled_picture_takes_no_further_step_and_its_neighbour_is_untouched()
    {
        var alone = (await Engines.Together(new EngineOptions(), Engines.Apple with { Steps = 10 })).Images[0].Image.Pixels;
        using var cancelled = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        RenderingEngine? engine = null;
        await using (engine = Engines.AnEngine(betweenTurns: () =>
        {
            gate.Wait();
            if (engine!.Statistics.StepsRun == 3)
                cancelled.Cancel();
        }))
        {
            var doomed = engine.Render(Engines.Apple with { Steps = 50 }, cancellation: cancelled.Token);
            var neighbour = engine.Render(Engines.Apple with { Steps = 10 });
            await Engines.Until(() => engine.Statistics.Waiting == 2);
            gate.Set();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => doomed);
            Assert.Equal(alone, (await neighbour).Image.Pixels);
            Assert.Equal((3, 7), (engine.Statistics.RunsByBatch[2], engine.Statistics.RunsByBatch[1]));
            Assert.Equal((1, 1), (engine.Statistics.Cancelled, engine.Statistics.Completed));
        }
    }

    [Fact]
    public async Task A_picture_cancelled_while_it_is_enlarged_runs_no_further_tile()
    {
        using var cancelled = new CancellationTokenSource();
        RenderingEngine? engine = null;
        await using (engine = Engines.AnEngine(betweenTurns: () =>
        {
            if (engine!.Statistics.Tiles == 2)
                cancelled.Cancel();
        }))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.Render(Engines.Apple with { Width = 1024, Height = 1024 }, cancellation: cancelled.Token));
            await Engines.Until(() => engine.Statistics.Cancelled == 1);
            Assert.Equal((4, 2), (engine.Statistics.StepsRun, engine.Statistics.Tiles));
        }
    }

    [Fact]
    public async Task A_waiting_picture_is_answered_while_the_device_is_busy()
    {
        using var gate = new ManualResetEventSlim();
        using var cancelled = new CancellationTokenSource();
        await using var engine = Engines.AnEngine(betweenTurns: gate.Wait);
        var waiting = engine.Render(Engines.Apple, _ => { }, cancelled.Token);
        await Engines.Until(() => engine.Statistics.Waiting == 1);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        gate.Set();
        await Engines.Until(() => engine.Statistics.Cancelled == 1);
        Assert.Equal(0, engine.Statistics.StepsRun);
    }

    [Fact]
    public async Task A_full_queue_makes_a_caller_wait_and_lets_it_go_when_it_cancels()
    {
        using var gate = new ManualResetEventSlim();
        using var cancelled = new CancellationTokenSource();
        await using var engine = Engines.AnEngine(new EngineOptions { QueueCapacity = 1 }, gate.Wait);
        var first = engine.Render(Engines.Apple);
        await Engines.Until(() => engine.Statistics.Waiting == 1);
        var second = engine.Render(Engines.Apple with { Seed = 2 }, cancellation: cancelled.Token);
        await Engines.Until(() => engine.Statistics.Waiting == 2);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.Set();
        await first;
        Assert.Equal(1, engine.Statistics.Completed);
    }

    [Fact]
    public async Task Stopping_the_engine_answers_every_picture()
    {
        var step = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RenderingEngine? engine = null;
        engine = Engines.AnEngine(betweenTurns: () =>
        {
            if (engine!.Statistics.StepsRun == 2)
                step.TrySetResult();
        });
        var pictures = Enumerable.Range(0, 20).Select(i => engine.Render(Engines.Apple with { Steps = 50, Seed = (ulong)i })).ToArray();
        await step.Task;
        await engine.DisposeAsync();
        foreach (var picture in pictures)
            await Assert.ThrowsAsync<ObjectDisposedException>(() => picture);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.Render(Engines.Apple));
    }
}
