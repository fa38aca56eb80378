using System.Diagnostics;

namespace Vitrine.Inference.Tests;

/// <summary>An engine in a process of its own: the same pictures, and what ends the process ends no more than it must.</summary>
public sealed class EngineProcessTests : IDisposable
{
    private static readonly EngineOptions Options = new() { Lanes = 1, Batch = 8 };
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_picture_comes_out_as_it_does_in_this_process_with_its_steps_and_previews()
    {
        await using var here = Engines.AnEngine(Options);
        await using var there = new EngineProcess(RepositoryFiles.EngineProgram, Engines.Shipped, Options);
        var (mask, steps) = (new byte[128 * 128], new List<(int, int, bool)>());
        Array.Fill(mask, (byte)255, 0, 8000);
        var apple = await here.Render(Engines.Apple with { KeepLatent = true });
        foreach (var request in new[]
                 {
                     Engines.Apple with { Previews = 2 }, Engines.Apple with { NegativePrompt = "yellow background", Steps = 12 },
                     Engines.Apple with { Noise = NoiseMix.Between(1, 2, 0.5), Blend = new PromptBlend("a blue car", 0.2f) },
                     Engines.Apple with { Start = new ImageStart.FromLatent(apple.Latent!, 0.5f) },
                     Engines.Apple with { Start = new ImageStart.FromPicture(new RgbImage(128, 128, new byte[128 * 128 * 3]), 0.5f, new RepaintMask(128, 128, mask)) },
                 })
        {
            steps.Clear();
            var (expected, found) = (await here.Render(request), await there.Render(request with { KeepLatent = true }, progress => steps.Add((progress.Step, progress.Steps, progress.Preview is not null))));
            Assert.Equal(expected.Image.Pixels, found.Image.Pixels);
            Assert.Equal((expected.Seed, expected.StepsRun, expected.PromptTruncated), (found.Seed, found.StepsRun, found.PromptTruncated));
            Assert.NotNull(found.Latent);
            Assert.Equal(request.Previews, steps.Count(step => step.Item3));
        }
        Assert.Equal(["vitrine-sticker"], there.Resident.Where(name => name == "vitrine-sticker"));
    }

    [Fact]
    public async Task Whatever_the_engine_says_no_with_arrives_as_the_same_exception()
    {
        TinyModels.Write(folder, "tiny");
        TinyModels.Write(folder, "broken");
        var catalogue = TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny"), TinyModels.Card(folder, "broken"));
        folder.Write("broken/transformer/model.onnx", new byte[10]);
        await using var engine = new EngineProcess(RepositoryFiles.EngineProgram, catalogue, Options);
        await using var here = new RenderingEngine(catalogue, Options);
        foreach (var request in new[] { TinyModels.Request("tiny") with { Steps = 99 }, TinyModels.Request("none"), TinyModels.Request("broken"), TinyModels.Request("tiny") with { Guidance = 3 } })
        {
            var (expected, found) = (await Record.ExceptionAsync(() => here.Render(request)), await Record.ExceptionAsync(() => engine.Render(request)));
            Assert.Equal((expected.GetType(), expected.Message), (found.GetType(), found.Message));
        }
    }

    [Fact]
    public async Task A_model_that_ends_the_process_fails_its_own_picture_and_nobody_else_notices()
    {
        TinyModels.WriteAborting(folder, "abort");
        await using var engine = new EngineProcess(RepositoryFiles.EngineProgram, TinyModels.Catalogue(folder, TinyModels.Card(folder, "abort")), Options);
        var healthy = TinyModels.Request("abort") with { Steps = 50 };
        var alone = (await engine.Render(healthy)).Image.Pixels;

        var neighbours = Enumerable.Range(0, 6).Select(_ => engine.Render(healthy)).ToList();
        var poison = await Assert.ThrowsAsync<RenderFailedException>(() => engine.Render(TinyModels.Request("abort") with { Guidance = 3 }));

        Assert.True(poison.Reason == RenderFailure.Crashed, poison.Message);
        Assert.All(await Task.WhenAll(neighbours), picture => Assert.Equal(alone, picture.Image.Pixels));
        var before = engine.Statistics.Crashes;
        Assert.InRange(before, 1, 2);
        // It is known now: asked for again it ends a process that it has for itself.
        var more = engine.Render(healthy);
        await Assert.ThrowsAsync<RenderFailedException>(() => engine.Render(TinyModels.Request("abort") with { Guidance = 3 }));
        Assert.Equal(alone, (await more).Image.Pixels);
    }

    [Fact]
    public async Task A_process_that_is_killed_loses_no_more_steps_than_lie_between_two_checkpoints()
    {
        await using var here = Engines.AnEngine(Options);
        await using var engine = new EngineProcess(RepositoryFiles.EngineProgram, Engines.Shipped, Options);
        await engine.Load(Engines.Sticker);
        var request = Engines.Apple with { Steps = 50 };
        var killedAt = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var resumedAt = 0;
        var picture = engine.Render(request with { CheckpointEvery = 2 }, progress =>
        {
            if (progress.Step >= 10 && killedAt.TrySetResult(progress.Step))
                foreach (var child in Children())
                    child.Kill();
            else if (killedAt.Task.IsCompleted && resumedAt == 0)
                resumedAt = progress.Step;
        });
        var found = await picture;

        Assert.Equal((await here.Render(request)).Image.Pixels, found.Image.Pixels);
        Assert.InRange(found.ResumedAt, await killedAt.Task - 2, 49);
        Assert.Equal(1, engine.Statistics.Crashes);
    }

    [Fact]
    public async Task A_process_that_falls_silent_is_ended_and_its_picture_goes_on_in_another()
    {
        await using var engine = new EngineProcess(RepositoryFiles.EngineProgram, Engines.Shipped, Options);
        await engine.Load(Engines.Sticker);
        var stopped = 0;
        var picture = await engine.Render(Engines.Apple with { Steps = 50, CheckpointEvery = 2 }, progress =>
        {
            if (progress.Step >= 5 && Interlocked.Exchange(ref stopped, 1) == 0)
                foreach (var child in Children())
                    Process.Start("kill", ["-STOP", child.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        });

        Assert.Equal(1, engine.Statistics.Crashes);
        Assert.InRange(picture.ResumedAt, 2, 49);
    }

    [Fact]
    public async Task Cancelling_and_pausing_reach_the_process()
    {
        await using var engine = new EngineProcess(RepositoryFiles.EngineProgram, Engines.Shipped, Options);
        await engine.Load(Engines.Sticker);
        using var cancel = new CancellationTokenSource();
        using var pause = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.Render(Engines.Apple with { Steps = 50 }, progress => { if (progress.Step == 3) cancel.Cancel(); }, cancel.Token));
        var paused = await Assert.ThrowsAsync<RenderPausedException>(() => engine.Render(Engines.Apple with { Steps = 50 }, progress => { if (progress.Step == 3) pause.Cancel(); }, pause: pause.Token));
        Assert.InRange(paused.Checkpoint!.StepsDone, 3, 49);
        await Engines.Until(() => engine.Statistics.Cancelled == 1 && engine.Statistics.InFlight == 0);
    }

    [Fact]
    public async Task A_question_that_cannot_be_asked_is_answered_at_once()
    {
        var child = await EngineChild.Start(RepositoryFiles.EngineProgram, Engines.Shipped.Folder, Options, CancellationToken.None);
        await using (child)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.Render(Engines.Apple, null, new CancellationToken(canceled: true), default));
            await child.Load(Engines.Sticker, CancellationToken.None);
            Assert.Single(Children()).Kill();
            await child.Lost;
            await Assert.ThrowsAsync<EngineLostException>(() => child.Render(Engines.Apple, null, default, default));
            await Assert.ThrowsAsync<EngineLostException>(() => child.Load(Engines.Sticker, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_program_that_does_not_start_is_an_error_and_no_hang()
    {
        await using var engine = new EngineProcess(new EngineProgram("/bin/false", []), Engines.Shipped, Options);
        await Assert.ThrowsAsync<RenderFailedException>(() => engine.Render(Engines.Apple));
    }

    [Fact]
    public async Task No_process_is_left_when_the_engine_is_disposed()
    {
        var engine = new EngineProcess(RepositoryFiles.EngineProgram, Engines.Shipped, Options);
        await engine.Load(Engines.Sticker);
        var picture = engine.Render(Engines.Apple with { Steps = 50 });
        var child = Assert.Single(Children());
        await engine.DisposeAsync();

        Assert.True(child.HasExited);
        await Assert.ThrowsAnyAsync<Exception>(() => picture);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.Render(Engines.Apple));
    }

    // Engines that this process started and that still run.
    private static List<Process> Children() =>
        [.. Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => name.All(char.IsDigit)).Where(IsEngine).Select(id => Process.GetProcessById(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)))];

    private static bool IsEngine(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Contains($"vitrine-engine-{Environment.ProcessId}-", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // It has ended meanwhile.
        }
    }
}
