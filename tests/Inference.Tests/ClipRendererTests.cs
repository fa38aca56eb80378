namespace Vitrine.Inference.Tests;

/// <summary>Clips by the first model of the catalogue: their frames, their flicker, their bounds.</summary>
public sealed class ClipRendererTests
{
    /// <summary>
    /// Levels of luma. A still picture under a moving camera is left with what rounding to bytes and resampling it twice cost; a picture that changes may also
    /// bend its way a little at every frame. An 8-bit step of the whole frame would read 1.
    /// </summary>
    private const double MostFlicker = 0.5, WorstFlicker = 1.5;

    private static ModelCard Card { get; } = Engines.Shipped.Models.First(model => model.Kind == ModelKind.TextToImage);

    private static ClipRequest Apple { get; } =
        new(Card.Name, "a red apple, 3d style", 7, Card.Steps.Default, Card.Guidance.Default, ClipMotion.Hold, Seconds: 2, ClipAspect.Square, ShorterSide: 128);

    public static TheoryData<ClipMotion, bool> Motions
    {
        get
        {
            var motions = new TheoryData<ClipMotion, bool>();
            foreach (var motion in Enum.GetValues<ClipMotion>())
            {
                motions.Add(motion, false);
                motions.Add(motion, true);
            }
            return motions;
        }
    }

    [Theory]
    [MemberData(nameof(Motions))]
    public async Task Every_motion_stays_below_the_bound_of_flicker_and_moves(ClipMotion motion, bool changes)
    {
        var clip = Apple with { Motion = motion, SecondSeed = changes ? 8 : null };
        await using var engine = Engines.AnEngine();
        var meter = new FlickerMeter(clip);
        var frames = 0;
        await foreach (var frame in new ClipRenderer(engine, Engines.Shipped).Render(clip))
        {
            Assert.Equal((128, 128), (frame.Image.Width, frame.Image.Height));
            meter.Add(frame);
            frames++;
        }
        Assert.Equal(48, frames);
        var reading = meter.Reading;
        Assert.True(reading.Flicker <= MostFlicker && reading.WorstFlicker <= WorstFlicker, $"{motion}: {reading}");
        if (changes || motion == ClipMotion.Loop)
            Assert.True(reading.Change > 0.1, $"{motion} shows nothing new: {reading}");
        else
            Assert.True(reading.Change < 1, $"{motion} changes a still picture: {reading}");
    }

    [Fact]
    public async Task A_loop_goes_on_with_its_first_frame_as_with_any_other()
    {
        foreach (var clip in (ClipRequest[])[Apple with { Motion = ClipMotion.Loop }, Apple with { Motion = ClipMotion.Loop, SecondPrompt = "a green apple, 3d style" }])
        {
            var frames = await Frames(clip);
            var meter = new FlickerMeter(clip);
            frames.ForEach(meter.Add);
            var before = meter.Reading;
            meter.Add(frames[0]);
            meter.Add(frames[1]);
            Assert.True(before.Change > 0.1);
            Assert.InRange(meter.Reading.WorstChange, 0, 1.25 * before.WorstChange);
            Assert.InRange(meter.Reading.WorstFlicker, 0, 1.25 * before.WorstFlicker + 0.1);
        }
    }

    [Theory]
    [InlineData(ClipMotion.Hold)]
    [InlineData(ClipMotion.Loop)]
    public async Task A_change_that_the_model_makes_at_a_stroke_is_spread_over_the_clip(ClipMotion motion)
    {
        var clip = Apple with { Prompt = "a blue car on a yellow background, 3d style", SecondPrompt = "a red car on a green background, 3d style", Seed = 3, Motion = motion };
        var meter = new FlickerMeter(clip);
        (await Frames(clip)).ForEach(meter.Add);
        // The pace is eased, so half as fast again as the mean in the middle; walked evenly by text, one frame changed by five times the mean and more.
        Assert.InRange(meter.Reading.WorstChange, 1, 3 * meter.Reading.Change);
        Assert.InRange(meter.Reading.WorstFlicker, 0, meter.Reading.Change);
    }

    [Theory]
    [InlineData(ClipAspect.Square, 360, 360, 360)]
    [InlineData(ClipAspect.Wide, 504, 896, 504)]
    [InlineData(ClipAspect.Wide, 720, 1280, 720)]
    [InlineData(ClipAspect.Tall, 144, 144, 256)]
    [InlineData(ClipAspect.Tall, 128, 128, 224)]
    public void Sizes_follow_from_the_shorter_side(ClipAspect aspect, int shorter, int width, int height)
    {
        var clip = Apple with { Aspect = aspect, ShorterSide = shorter };
        Assert.Equal((width, height, null), (clip.Width, clip.Height, clip.Refuse(Card)));
    }

    [Fact]
    public async Task A_wide_and_a_tall_frame_show_the_whole_square_with_its_background_beside_it()
    {
        var square = (await Frames(Apple with { ShorterSide = 72 }, most: 1))[0].Image;
        var wide = (await Frames(Apple with { ShorterSide = 72, Aspect = ClipAspect.Wide }, most: 1))[0].Image;
        var tall = (await Frames(Apple with { ShorterSide = 72, Aspect = ClipAspect.Tall }, most: 1))[0].Image;
        for (var y = 0; y < 72; y++)
            for (var x = 0; x < 3 * 72; x++)
            {
                Assert.Equal(square.Pixels[y * 3 * 72 + x], wide.Pixels[(y * 128 + 28) * 3 + x]);
                Assert.Equal(square.Pixels[y * 3 * 72 + x], tall.Pixels[(y + 28) * 3 * 72 + x]);
            }
    }

    [Fact]
    public async Task The_same_clip_is_the_same_frames_also_beside_other_work()
    {
        var clip = Apple with { Motion = ClipMotion.PanLeft, SecondPrompt = "a blue car", SecondSeed = 9, Aspect = ClipAspect.Wide, ShorterSide = 72 };
        var alone = await Frames(clip);
        await using var engine = Engines.AnEngine(new EngineOptions { MaxBatch = 3 });
        var others = Enumerable.Range(0, 12).Select(i => engine.Render(Engines.Apple with { Seed = (ulong)i, Steps = 10 })).ToArray();
        var index = 0;
        await foreach (var frame in new ClipRenderer(engine, Engines.Shipped).Render(clip))
            Assert.Equal(alone[index++].Image.Pixels, frame.Image.Pixels);
        Assert.Equal(alone.Count, index);
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task A_start_picture_comes_alive_and_a_stronger_clip_goes_farther_from_it()
    {
        await using var engine = Engines.AnEngine();
        var car = (await engine.Render(Engines.Apple with { Model = Card.Name, Prompt = "a blue car", Steps = Card.Steps.Default })).Image;
        async Task<double> Distance(float strength)
        {
            var first = (await Frames(Apple with { ShorterSide = 64, StartPicture = car, Strength = strength, Motion = ClipMotion.Loop }, most: 1))[0].Image;
            return Resampling.Resize(PlanarImage.From(car), 64, 64).ToRgb().Pixels.Zip(first.Pixels, (a, b) => Math.Abs(a - b)).Average();
        }

        var (coded, half, whole) = (await Distance(0), await Distance(0.5f), await Distance(1));
        Assert.True(coded < 12 && coded < half && half < whole, $"{coded} {half} {whole}");
    }

    [Fact]
    public async Task A_reader_who_stops_stops_the_work_and_one_who_rests_does_not_fill_the_memory()
    {
        await using var engine = Engines.AnEngine();
        var clip = Apple with { Motion = ClipMotion.Loop, Seconds = 10 };
        await foreach (var _ in new ClipRenderer(engine, Engines.Shipped).Render(clip))
        {
            await Engines.Until(() => engine.Statistics is { InFlight: 0, Waiting: 0, Completed: > 0 });
            // Four frames in the making and the keyframes about them, out of 240 and 30.
            Assert.InRange(engine.Statistics.Completed, 1, 4 + 5);
            break;
        }
        await Engines.Until(() => engine.Statistics is { InFlight: 0, Waiting: 0 });
        Assert.InRange(engine.Statistics.Completed, 1, 4 + 5);
    }

    [Fact]
    public async Task Cancelling_ends_a_clip_within_a_frame()
    {
        await using var engine = Engines.AnEngine();
        using var cancelled = new CancellationTokenSource();
        var seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in new ClipRenderer(engine, Engines.Shipped).Render(Apple with { Motion = ClipMotion.Loop }, cancelled.Token))
                if (++seen == 3)
                    await cancelled.CancelAsync();
        });
        Assert.InRange(seen, 3, 3 + 4);
        await Engines.Until(() => engine.Statistics is { InFlight: 0, Waiting: 0 });
    }

    [Theory]
    [InlineData(ClipMotion.Loop, false)]
    [InlineData(ClipMotion.Hold, true)]
    public async Task A_clip_that_left_its_device_goes_on_with_its_keyframes_and_denoises_no_step_twice(ClipMotion motion, bool leads)
    {
        var clip = Apple with { Motion = motion, SecondPrompt = leads ? "a blue car" : null, ShorterSide = 64 };
        var alone = await Frames(clip);
        var kept = new Kept();
        using var pause = new CancellationTokenSource();
        kept.AfterStep = steps => { if (steps > clip.Denoised * clip.Steps / 3) pause.Cancel(); };
        await Assert.ThrowsAnyAsync<Exception>(() => Resumed(clip, kept, pause.Token));
        Assert.True(pause.IsCancellationRequested);
        Assert.InRange(kept.Steps, 1, clip.Denoised * clip.Steps - 1);

        kept.AfterStep = null;
        var again = await Resumed(clip, kept, CancellationToken.None);

        Assert.Equal(alone.Select(frame => frame.Image.Pixels), again.Select(frame => frame.Image.Pixels));
        Assert.Equal(clip.Denoised, kept.Checkpoints.Count);
        Assert.All(kept.Checkpoints.Values, checkpoint => Assert.Equal(clip.Steps, checkpoint.StepsDone));
        Assert.Equal(clip.Denoised * clip.Steps, kept.Steps);
    }

    private static async Task<List<ClipFrame>> Resumed(ClipRequest clip, Kept kept, CancellationToken pause)
    {
        await using var engine = Engines.AnEngine();
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(pause);
        var frames = new List<ClipFrame>();
        await foreach (var frame in new ClipRenderer(engine, Engines.Shipped).Render(clip, kept, CancellationToken.None, pause).WithCancellation(reading.Token))
            frames.Add(frame);
        return frames;
    }

    /// <summary>Keeps keyframes after every step, through their bytes, and counts the steps.</summary>
    private sealed class Kept : IKeyframes
    {
        private readonly Lock gate = new();

        public Dictionary<int, StepCheckpoint> Checkpoints { get; } = [];
        public int Steps { get; private set; }
        public Action<int>? AfterStep { get; set; }
        public int CheckpointEvery => 1;

        public Task<StepCheckpoint?> Read(int keyframe, CancellationToken cancellation)
        {
            lock (gate)
                return Task.FromResult(Checkpoints.TryGetValue(keyframe, out var kept) ? StepCheckpoint.Read(kept.ToBytes()) : null);
        }

        public Task Keep(int keyframe, StepCheckpoint checkpoint)
        {
            lock (gate)
            {
                Steps += Math.Max(0, checkpoint.StepsDone - (Checkpoints.TryGetValue(keyframe, out var before) ? before.StepsDone : 0));
                Checkpoints[keyframe] = checkpoint;
            }
            AfterStep?.Invoke(Steps);
            return Task.CompletedTask;
        }

        public void Measure(RenderedImage keyframe)
        {
        }
    }

    public static TheoryData<ClipRequest, string> Refused => new()
    {
        { Apple with { Seconds = 1 }, "2 to 10 seconds, not 1" },
        { Apple with { Seconds = 11 }, "not 11" },
        { Apple with { ShorterSide = 728 }, "multiple of 8 from 64 to 720, not 728" },
        { Apple with { ShorterSide = 100 }, "not 100" },
        { Apple with { Motion = (ClipMotion)99 }, "none that is known" },
        { Apple with { SecondSeed = 1UL << 63 }, "A seed is at most" },
        { Apple with { Seed = 1UL << 63 }, "A seed is at most" },
        { Apple with { Steps = 0 }, "steps, not 0" },
        { Apple with { Strength = 2, StartPicture = new RgbImage(1, 1, new byte[3]) }, "A strength is 0 to 1" },
        { Apple with { SecondPrompt = new string('a', 32_001) }, "at most 32000 characters" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_clip_that_no_model_makes_is_refused_with_what_would_work(ClipRequest clip, string sentence)
    {
        await using var engine = Engines.AnEngine();
        var error = await Assert.ThrowsAsync<ImageRequestRefusedException>(async () =>
        {
            await foreach (var _ in new ClipRenderer(engine, Engines.Shipped).Render(clip))
                Assert.Fail("a frame came");
        });
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<ClipFrame>> Frames(ClipRequest clip, int most = int.MaxValue)
    {
        await using var engine = Engines.AnEngine();
        var frames = new List<ClipFrame>();
        await foreach (var frame in new ClipRenderer(engine, Engines.Shipped).Render(clip))
        {
            frames.Add(frame);
            if (frames.Count == most)
                break;
        }
        return frames;
    }
}
