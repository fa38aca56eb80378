using Xunit.Abstractions;

namespace Vitrine.Inference.Tests;

/// <summary>A picture that stopped and goes on, here or elsewhere, is the picture that it would have been.</summary>
public sealed class CheckpointTests(ITestOutputHelper output)
{
    private static readonly EngineOptions OneLane = new() { Lanes = 1, Batch = 8 };
    private static readonly ImageRequest Apple = Engines.Apple with { Steps = 6, Width = 128, Height = 128 };

    [Fact]
    public async Task A_picture_goes_on_from_each_of_its_checkpoints_to_the_same_pixels()
    {
        var (whole, checkpoints) = await Rendered(Apple with { CheckpointEvery = 1 });
        Assert.Equal([1, 2, 3, 4, 5], checkpoints.Select(checkpoint => checkpoint.StepsDone));
        foreach (var checkpoint in checkpoints.Append(whole.Denoised!))
        {
            var read = StepCheckpoint.Read(checkpoint.ToBytes());
            var (resumed, _) = await Rendered(Apple with { Resume = read, KeepLatent = true });
            Assert.Equal(whole.Image.Pixels, resumed.Image.Pixels);
            Assert.Equal((checkpoint.StepsDone, 6 - checkpoint.StepsDone), (resumed.ResumedAt, resumed.StepsRun));
        }
    }

    [Fact]
    public async Task Any_way_of_asking_can_go_on()
    {
        var (mask, photograph) = (new byte[128 * 128], (await Rendered(Apple)).Image.Image);
        Array.Fill(mask, (byte)255, 0, mask.Length / 2);
        ImageRequest[] requests =
        [
            Apple with { NegativePrompt = "yellow background", Steps = 12 },
            Apple with { Noise = NoiseMix.Between(1, 2, 0.3), Blend = new PromptBlend("a blue car", 0.5f) },
            Apple with { Start = new ImageStart.FromPicture(photograph, 0.7f), Prompt = "a green apple" },
            Apple with { Start = new ImageStart.FromPicture(photograph, 0.8f, new RepaintMask(128, 128, mask)), Prompt = "a green apple" },
        ];
        foreach (var request in requests)
        {
            var (whole, checkpoints) = await Rendered(request with { CheckpointEvery = 2 });
            Assert.NotEmpty(checkpoints);
            Assert.Equal(whole.Image.Pixels, (await Rendered(request with { Resume = checkpoints[0] })).Image.Image.Pixels);
        }
    }

    [Fact]
    public async Task A_checkpoint_comes_after_every_kth_step_and_not_after_the_last()
    {
        var (_, checkpoints) = await Rendered(Apple with { CheckpointEvery = 2 });

        Assert.Equal([2, 4], checkpoints.Select(checkpoint => checkpoint.StepsDone));
        Assert.Empty((await Rendered(Apple)).Checkpoints);
    }

    [Fact]
    public async Task A_checkpoint_of_another_picture_is_passed_over()
    {
        var (whole, checkpoints) = await Rendered(Apple with { CheckpointEvery = 3 });
        foreach (var other in new[] { Apple with { Seed = 8 }, Apple with { Prompt = "a pear" }, Apple with { Guidance = 3 }, Apple with { Steps = 5 } })
        {
            var (picture, _) = await Rendered(other with { Resume = checkpoints[0] });
            Assert.Equal((0, other.Steps), (picture.ResumedAt, picture.StepsRun));
            Assert.NotEqual(whole.Image.Pixels, picture.Image.Pixels);
        }
        var (larger, _) = await Rendered(Apple with { Width = 256, Height = 256, Resume = checkpoints[0] });
        Assert.Equal(3, larger.ResumedAt); // Its latent is the same; only the enlargement differs.
    }

    [Fact]
    public async Task A_torn_or_changed_checkpoint_is_none()
    {
        const int Seed = 40;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var bytes = (await Rendered(Apple with { CheckpointEvery = 3 })).Checkpoints[0].ToBytes();
        Assert.NotNull(StepCheckpoint.Read(bytes));
        for (var trial = 0; trial < 2000; trial++)
        {
            var hurt = trial % 2 == 0 ? bytes[..random.Next(bytes.Length)] : (byte[])bytes.Clone();
            if (trial % 2 == 1)
                hurt[random.Next(hurt.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Null(StepCheckpoint.Read(hurt));
        }
    }

    [Fact]
    public async Task A_paused_picture_leaves_within_one_step_and_its_neighbour_is_untouched()
    {
        var alone = (await Rendered(Apple)).Image.Image.Pixels;
        using var pause = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        RenderingEngine? engine = null;
        await using (engine = Engines.AnEngine(OneLane, betweenTurns: () =>
        {
            gate.Wait();
            if (engine!.Statistics.StepsRun == 3)
                pause.Cancel();
        }))
        {
            var leaving = engine.Render(Apple with { Seed = 11 }, pause: pause.Token);
            var neighbour = engine.Render(Apple);
            await Engines.Until(() => engine.Statistics.Waiting == 2);
            gate.Set();

            var paused = await Assert.ThrowsAsync<RenderPausedException>(() => leaving);
            Assert.Equal(3, paused.Checkpoint!.StepsDone);
            Assert.Equal(alone, (await neighbour).Image.Pixels);
            Assert.Equal((await Rendered(Apple with { Seed = 11 })).Image.Image.Pixels, (await engine.Render(Apple with { Seed = 11, Resume = paused.Checkpoint })).Image.Pixels);
        }
    }

    [Fact]
    public async Task A_picture_paused_while_it_is_enlarged_keeps_its_denoised_latent()
    {
        using var pause = new CancellationTokenSource();
        RenderingEngine? engine = null;
        await using (engine = Engines.AnEngine(OneLane, betweenTurns: () =>
        {
            if (engine!.Statistics.Tiles == 2)
                pause.Cancel();
        }))
        {
            var large = Apple with { Width = 1024, Height = 1024 };
            var paused = await Assert.ThrowsAsync<RenderPausedException>(() => engine.Render(large, pause: pause.Token));
            Assert.Equal(6, paused.Checkpoint!.StepsDone);
            Assert.Equal(0, (await engine.Render(large with { Resume = paused.Checkpoint })).StepsRun);
        }
    }

    [Fact]
    public async Task A_picture_that_has_not_begun_leaves_without_a_checkpoint()
    {
        using var pause = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        await using var engine = Engines.AnEngine(OneLane, gate.Wait);
        var waiting = engine.Render(Apple, pause: pause.Token);
        await Engines.Until(() => engine.Statistics.Waiting == 1);
        await pause.CancelAsync();
        gate.Set();

        Assert.Null((await Assert.ThrowsAsync<RenderPausedException>(() => waiting)).Checkpoint);
    }

    private static async Task<(RenderedImage Image, IReadOnlyList<StepCheckpoint> Checkpoints)> Rendered(ImageRequest request)
    {
        var checkpoints = new List<StepCheckpoint>();
        await using var engine = Engines.AnEngine(OneLane);
        var image = await engine.Render(request with { KeepLatent = true }, progress =>
        {
            if (progress.Checkpoint is { } checkpoint)
                checkpoints.Add(checkpoint);
        });
        return (image, checkpoints);
    }
}
