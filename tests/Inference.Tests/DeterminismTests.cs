using Xunit.Abstractions;

namespace Vitrine.Inference.Tests;

/// <summary>A picture is the same bytes alone, beside any neighbours, joined late, with two threads, and again.</summary>
public sealed class DeterminismTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_picture_is_the_same_alone_and_in_batches_of_every_size()
    {
        var alone = (await Engines.Together(new EngineOptions(), Engines.Apple)).Images[0].Image.Pixels;
        for (var batch = 2; batch <= 8; batch++)
        {
            var neighbours = Enumerable.Range(1, batch - 1).Select(i => Engines.Apple with { Prompt = $"a blue car number {i}", Seed = (ulong)i, Steps = 3 + i, Guidance = 1 + i % 5 });
            var (images, statistics) = await Engines.Together(new EngineOptions(), [.. neighbours, Engines.Apple]);
            Assert.Equal(alone, images[^1].Image.Pixels);
            Assert.True(statistics.RunsByBatch[batch] >= 4, $"the batch of {batch} never came about");
        }
    }

    [Fact]
    public async Task A_random_crowd_comes_out_as_each_would_alone()
    {
        const int Seed = 20_240_611;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        string[] prompts = ["a red apple, 3d style", "a robot", "", "two green trees on a light blue background", "rocket, 3d render"];
        var requests = Enumerable.Range(0, 14).Select(i => new ImageRequest(Engines.Sticker, prompts[random.Next(prompts.Length)], random.Next(4) == 0 ? "yellow background" : "",
            (ulong)random.NextInt64(), random.Next(12, 17), 1 + random.NextSingle() * 5, 64, 64)).ToArray();
        var (images, statistics) = await Engines.Together(new EngineOptions { MaxBatch = 5 }, requests);
        Assert.True(statistics.MeanBatch > 2);
        await using var engine = Engines.AnEngine();
        for (var i = 0; i < requests.Length; i++)
            Assert.Equal((await engine.Render(requests[i])).Image.Pixels, images[i].Image.Pixels);
    }

    [Fact]
    public async Task A_picture_that_joins_at_the_third_step_of_another_is_the_same()
    {
        var alone = (await Engines.Together(new EngineOptions(), Engines.Apple)).Images[0].Image.Pixels;
        RenderingEngine? engine = null;
        Task<RenderedImage>? late = null;
        void JoinAtStepThree()
        {
            if (engine!.Statistics.StepsRun != 2 || late is not null)
                return;
            late = engine.Render(Engines.Apple);
            SpinWait.SpinUntil(() => engine.Statistics.Waiting == 1);
        }

        await using (engine = Engines.AnEngine(betweenTurns: JoinAtStepThree))
        {
            await engine.Load(Engines.Sticker);
            await engine.Render(Engines.Apple with { Seed = 1, Steps = 8 });
            Assert.Equal(alone, (await late!).Image.Pixels);
            Assert.Equal(4, engine.Statistics.RunsByBatch[2]);
            Assert.Equal(8, engine.Statistics.StepsRun);
        }
    }

    [Fact]
    public async Task Threads_padding_and_lanes_do_not_change_a_pixel()
    {
        var request = Engines.Apple with { Width = 200, Height = 136, NegativePrompt = "blue", Steps = 12 };
        var one = (await Engines.Together(new EngineOptions(), request)).Images[0].Image.Pixels;
        Assert.Equal(one, (await Engines.Together(new EngineOptions { IntraOpThreads = 2 }, request)).Images[0].Image.Pixels);
        Assert.Equal(one, (await Engines.Together(new EngineOptions { PadBatches = true }, request)).Images[0].Image.Pixels);
        var lanes = (await Engines.Together(new EngineOptions { Lanes = 3 }, request, request, request, request)).Images;
        Assert.All(lanes, image => Assert.Equal(one, image.Image.Pixels));
    }

    [Fact]
    public async Task Every_parameter_that_shapes_a_picture_changes_it()
    {
        await using var engine = Engines.AnEngine();
        ImageRequest[] others =
        [
            Engines.Apple, Engines.Apple with { Seed = 8 }, Engines.Apple with { Prompt = "a blue car" }, Engines.Apple with { Steps = 5 }, Engines.Apple with { Guidance = 2 },
            Engines.Apple with { Steps = 12 }, Engines.Apple with { Steps = 12, NegativePrompt = "red" }, Engines.Apple with { Steps = 12, NegativePrompt = "shadow" },
        ];
        var images = await Task.WhenAll(others.Select(request => engine.Render(request)));
        Assert.Equal(others.Length, images.Select(image => Convert.ToHexString(image.Image.Pixels)).Distinct().Count());
    }
}
