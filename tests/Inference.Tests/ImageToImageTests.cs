namespace Vitrine.Inference.Tests;

/// <summary>Pictures that begin at something: another picture, a latent, other noise, a second prompt.</summary>
public sealed class ImageToImageTests : IDisposable
{
    // The model's own size, so that nothing is resampled on the way in or out.
    private static readonly ImageRequest Apple = Engines.Apple with { Width = 128, Height = 128 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Strength_0_gives_the_picture_back_encoded_and_decoded_without_a_step()
    {
        TinyModels.Write(folder, "tiny");
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions());
        var picture = APicture(8, 8);
        // The tiny model's latents are the picture itself, so nothing may be lost.
        var same = await engine.Render(TinyModels.Request("tiny") with { Start = new ImageStart.FromPicture(picture, 0) });
        Assert.Equal(picture.Pixels, same.Image.Pixels);
        Assert.Equal((0, 0), (same.StepsRun, engine.Statistics.StepsRun));
    }

    [Fact]
    public async Task Strength_0_of_the_shipped_model_is_its_autoencoder_and_nothing_else()
    {
        await using var engine = Engines.AnEngine();
        var apple = (await engine.Render(Apple)).Image;
        var encoded = await engine.Render(Apple with { Prompt = "a blue car", Seed = 99, Start = new ImageStart.FromPicture(apple, 0), KeepLatent = true });
        Assert.Equal(0, encoded.StepsRun);
        Assert.InRange(Distance(apple, encoded.Image), 0.01, 12);

        Engines.Shipped.TryGet(Engines.Sticker, out var card);
        using var model = TextToImageModel.Open(card!, new EngineOptions(), new BatchCalibration(new EngineOptions()));
        var pixels = model.EncoderRow(0);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = apple.Pixels[i % (pixels.Length / 3) * 3 + i / (pixels.Length / 3)] / 127.5f - 1;
        model.Encode(1);
        Assert.Equal(model.Encoded(0).ToArray(), encoded.Latent!.Numbers.ToArray());
        model.Encoded(0).CopyTo(model.DecoderRow(0));
        model.Decode(1);
        Assert.Equal(model.Decoded(0)!.ToRgb().Pixels, encoded.Image.Pixels);
    }

    [Fact]
    public async Task Strength_1_is_text_to_image_with_the_same_noise()
    {
        await using var engine = Engines.AnEngine();
        var alone = await engine.Render(Apple);
        var begun = await engine.Render(Apple with { Start = new ImageStart.FromPicture(APicture(100, 60), 1) });
        Assert.Equal(alone.Image.Pixels, begun.Image.Pixels);
        Assert.Equal(4, begun.StepsRun);
    }

    [Fact]
    public async Task The_stronger_the_farther_from_the_picture_and_the_more_steps()
    {
        await using var engine = Engines.AnEngine();
        var car = (await engine.Render(Apple with { Prompt = "a blue car" })).Image;
        var changed = await Task.WhenAll(new[] { 0f, 0.25f, 0.5f, 0.75f, 1f }.Select(strength => engine.Render(Apple with { Start = new ImageStart.FromPicture(car, strength) })));
        Assert.Equal([0, 1, 2, 3, 4], changed.Select(picture => picture.StepsRun));
        var distances = changed.Select(picture => Distance(car, picture.Image)).ToArray();
        Assert.Equal(distances.Order(), distances);
        Assert.True(distances[^1] > 2 * distances[0], string.Join(' ', distances));
    }

    [Fact]
    public async Task A_mask_keeps_the_latent_outside_exactly_and_repaints_inside()
    {
        await using var engine = Engines.AnEngine();
        var car = (await engine.Render(Apple with { Prompt = "a blue car" })).Image;
        var coded = await engine.Render(Apple with { Start = new ImageStart.FromPicture(car, 0), KeepLatent = true });
        var painted = await engine.Render(Apple with { Start = new ImageStart.FromPicture(car, 1, LeftHalf(128, 128)), KeepLatent = true });

        var side = (int)Math.Sqrt(coded.Latent!.Numbers.Length / 16);
        for (var i = 0; i < coded.Latent.Numbers.Length; i++)
            Assert.True(i % side < side / 2 || coded.Latent.Numbers[i] == painted.Latent!.Numbers[i], $"number {i} outside the mask changed");
        // The decoder looks beyond a cell, so its neighbourhood is not compared. What is left differs by the autoencoder's error and no more.
        var (outside, inside) = (Distance(car, painted.Image, x => x >= 96), Distance(car, painted.Image, x => x < 48));
        Assert.InRange(outside, 0, 1.1 * Distance(car, coded.Image, x => x >= 96) + 0.5);
        Assert.True(inside > 3 * outside, $"inside {inside}, outside {outside}");
    }

    [Fact]
    public async Task A_mask_of_everything_is_no_mask_and_a_mask_of_nothing_keeps_the_picture()
    {
        await using var engine = Engines.AnEngine();
        var picture = APicture(64, 64);
        var all = new RepaintMask(64, 64, [.. Enumerable.Repeat((byte)255, 64 * 64)]);
        var masked = await engine.Render(Apple with { Start = new ImageStart.FromPicture(picture, 0.75f, all) });
        Assert.Equal((await engine.Render(Apple with { Start = new ImageStart.FromPicture(picture, 0.75f) })).Image.Pixels, masked.Image.Pixels);
        var none = await engine.Render(Apple with { Start = new ImageStart.FromPicture(picture, 1, new RepaintMask(64, 64, new byte[64 * 64])) });
        Assert.Equal((await engine.Render(Apple with { Start = new ImageStart.FromPicture(picture, 0) })).Image.Pixels, none.Image.Pixels);
    }

    [Fact]
    public void A_cell_of_a_mask_is_the_mean_of_its_pixels_in_the_middle_square()
    {
        // 4 x 2 pixels; the middle square is columns 1 and 2.
        var mask = new RepaintMask(4, 2, [255, 255, 0, 255, 0, 51, 0, 0]);
        Assert.Equal([1f, 0f, 0.2f, 0f], mask.Cells(2, 2));
        Assert.Equal([0.3f], mask.Cells(1, 1));
        Assert.Equal([1f, 1f, 0f, 0f], mask.Cells(4, 4)[..4]);
    }

    [Fact]
    public async Task A_latent_decodes_to_the_picture_it_came_with()
    {
        await using var engine = Engines.AnEngine();
        var apple = await engine.Render(Apple with { KeepLatent = true });
        Assert.Null((await engine.Render(Apple)).Latent);
        var decoded = await engine.Render(Apple with { Prompt = "", Seed = 1, Start = new ImageStart.FromLatent(apple.Latent!, 0) });
        Assert.Equal(apple.Image.Pixels, decoded.Image.Pixels);
    }

    [Fact]
    public void Half_the_strength_is_the_last_half_of_the_schedule()
    {
        var flow = new RectifiedFlow(1.5);
        Assert.Equal(flow.Sigmas(4)[2..], flow.Sigmas(4, 0.5));
        Assert.Equal([0f], flow.Sigmas(4, 0));
        Assert.Equal(4, flow.Sigmas(10, 0.3f).Length);
        Assert.Equal(2, flow.Sigmas(10, 0.01).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => flow.Sigmas(4, 1.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => flow.Sigmas(4, double.NaN));
    }

    [Fact]
    public async Task A_variation_is_near_for_a_little_and_the_other_picture_for_all()
    {
        await using var engine = Engines.AnEngine();
        var amounts = new[] { 0, 0.1, 0.3, 1 };
        var pictures = await Task.WhenAll(amounts.Select(amount => engine.Render(Apple with { Noise = NoiseMix.Between(7, 8, amount) })));
        var apple = (await engine.Render(Apple)).Image;
        var distances = pictures.Select(picture => Distance(apple, picture.Image)).ToArray();
        Assert.Equal(0, distances[0]);
        Assert.Equal(distances.Order(), distances);
        Assert.InRange(Distance((await engine.Render(Apple with { Seed = 8 })).Image, pictures[^1].Image), 0, 0.05); // cos(π/2) is not quite 0.
    }

    [Fact]
    public void Mixed_noise_is_standard_and_a_circle_closes()
    {
        foreach (var mix in (NoiseMix[])[NoiseMix.Between(1, 2, 0.4), NoiseMix.Around(3, 0.5, 0.3), NoiseMix.Between(4, 4, 0.5)])
        {
            var noise = new float[200_000];
            mix.Fill(noise);
            Assert.True(mix.IsStandard);
            Assert.InRange(noise.Average(x => (double)x), -0.01, 0.01);
            Assert.InRange(noise.Average(x => (double)x * x), 0.985, 1.015);
        }
        Assert.Equal(NoiseMix.Around(3, 0.5, 0).Parts, NoiseMix.Around(3, 0.5, 1).Parts);
        Assert.Equal(NoiseMix.Around(3, 0.5, 0.25).Parts, NoiseMix.Around(3, 0.5, 5.25).Parts);
    }

    [Fact]
    public async Task A_blend_leads_from_one_prompt_to_the_other()
    {
        await using var engine = Engines.AnEngine();
        var (apple, car) = ((await engine.Render(Apple)).Image, (await engine.Render(Apple with { Prompt = "a blue car" })).Image);
        var pictures = await Task.WhenAll(new[] { 0f, 0.5f, 1f }.Select(amount => engine.Render(Apple with { Blend = new PromptBlend("a blue car", amount) })));
        Assert.Equal(apple.Pixels, pictures[0].Image.Pixels);
        Assert.Equal(car.Pixels, pictures[2].Image.Pixels);
        Assert.True(Distance(apple, pictures[1].Image) > 1 && Distance(car, pictures[1].Image) > 1);
        Assert.True((await engine.Render(Apple with { Blend = new PromptBlend(string.Join(' ', Enumerable.Repeat("car", 40)), 0.5f) })).PromptTruncated);
    }

    [Fact]
    public async Task All_kinds_share_a_batch_and_come_out_as_each_would_alone()
    {
        var latent = (await Engines.Together(new EngineOptions(), Apple with { KeepLatent = true })).Images[0].Latent!;
        ImageRequest[] requests =
        [
            Apple,
            Apple with { Seed = 1, Start = new ImageStart.FromPicture(APicture(64, 64), 0.5f) },
            Apple with { Seed = 2, Start = new ImageStart.FromPicture(APicture(90, 64), 0) },
            Apple with { Seed = 3, Start = new ImageStart.FromPicture(APicture(64, 64), 0.8f, LeftHalf(64, 64)) },
            Apple with { Seed = 4, Start = new ImageStart.FromLatent(latent, 0.6f) },
            Apple with { Seed = 5, Noise = NoiseMix.Around(5, 0.4, 0.7), Blend = new PromptBlend("a blue car", 0.3f) },
            Apple with { Seed = 6, Steps = 12, NegativePrompt = "red", Start = new ImageStart.FromPicture(APicture(64, 64), 0.5f) },
        ];
        var (images, statistics) = await Engines.Together(new EngineOptions { MaxBatch = 16 }, requests);
        Assert.True(statistics.RunsByBatch[6] > 0, "they never shared a batch");
        for (var i = 0; i < requests.Length; i++)
            Assert.Equal((await Engines.Together(new EngineOptions { MaxBatch = 2 }, requests[i])).Images[0].Image.Pixels, images[i].Image.Pixels);
    }

    [Fact]
    public async Task Prompts_of_a_whole_crowd_never_exceed_the_text_encoders_batch()
    {
        var requests = Enumerable.Range(0, 9).Select(i => Apple with { Seed = (ulong)i, Blend = new PromptBlend("a blue car", i / 8f) }).ToArray();
        var (images, _) = await Engines.Together(new EngineOptions { MaxBatch = 5 }, requests);
        Assert.Equal(9, images.Select(image => Convert.ToHexString(image.Image.Pixels)).Distinct().Count());
    }

    [Fact]
    public async Task A_picture_that_is_not_finite_when_encoded_fails_alone()
    {
        TinyModels.Write(folder, "tiny");
        folder.Write("tiny/vae_encoder/model.onnx", Onnx.Model(
            [Onnx.Input("sample", Onnx.Float, 3, 8, 8)], [Onnx.Input("latent_sample", Onnx.Float, 3, 8, 8)], [Onnx.Node("Add", ["sample", "one"], "distance"), Onnx.Node("Div", ["sample", "distance"], "latent_sample")], [Onnx.Constant("one", 1f)]));
        using var gate = new ManualResetEventSlim();
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions(), null, gate.Wait);
        // This encoder divides by zero where a pixel is black.
        var healthy = engine.Render(TinyModels.Request("tiny") with { Start = new ImageStart.FromPicture(Plain(100), 0) });
        var broken = engine.Render(TinyModels.Request("tiny") with { Start = new ImageStart.FromPicture(Plain(0), 0) });
        await Engines.Until(() => engine.Statistics.Waiting == 2);
        gate.Set();
        Assert.Equal(RenderFailure.NotFinite, (await Assert.ThrowsAsync<RenderFailedException>(() => broken)).Reason);
        Assert.Equal(8, (await healthy).Image.Width);
    }

    public static TheoryData<ImageRequest, string> Refused => new()
    {
        { Apple with { Start = new ImageStart.FromPicture(APicture(8, 8), 1.1f) }, "A strength is 0 to 1, not 1.1" },
        { Apple with { Start = new ImageStart.FromPicture(APicture(8, 8), float.NaN) }, "A strength is 0 to 1" },
        { Apple with { Start = new ImageStart.FromPicture(new RgbImage(4104, 1, new byte[3 * 4104]), 0.5f) }, "at most 4096 pixels a side, not 4104x1" },
        { Apple with { Start = new ImageStart.FromPicture(APicture(8, 8), 0.5f, LeftHalf(9, 8)) }, "as large as its picture, 8x8, not 9x8" },
        { Apple with { Start = new ImageStart.FromLatent(new Latent("sha256:other", [1]), 0.5f) }, "made by another model" },
        { Apple with { Noise = new NoiseMix([new(1, 0.5f), new(2, 0.5f)]) }, "squared weights add up to 1" },
        { Apple with { Noise = new NoiseMix([]) }, "squared weights" },
        { Apple with { Noise = new NoiseMix([new(1, 0.8f), new(1, 0.6f)]) }, "different parts" },
        { Apple with { Blend = new PromptBlend("x", 1.5f) }, "by 0 to 1, not 1.5" },
        { Apple with { Blend = new PromptBlend(new string('a', 32_001), 0) }, "at most 32000 characters" },
        { Apple with { Blend = new PromptBlend("x", 0.5f), Steps = 12, NegativePrompt = "red" }, "not taken together with a negative prompt" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_no_model_can_begin_at_is_refused_with_what_would_work(ImageRequest request, string sentence)
    {
        await using var engine = Engines.AnEngine();
        Assert.Contains(sentence, (await Assert.ThrowsAsync<ImageRequestRefusedException>(() => engine.Render(request))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_an_encoder_says_so_and_still_goes_on_from_its_latents()
    {
        TinyModels.Write(folder, "tiny");
        Directory.Delete(Path.Combine(folder.Path, "tiny", "vae_encoder"), recursive: true);
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions());
        var request = TinyModels.Request("tiny");
        Assert.Contains("has no encoder", (await Assert.ThrowsAsync<ImageRequestRefusedException>(() =>
            engine.Render(request with { Start = new ImageStart.FromPicture(APicture(8, 8), 0.5f) }))).Message, StringComparison.Ordinal);
        var latent = (await engine.Render(request with { KeepLatent = true })).Latent!;
        Assert.Equal(1, (await engine.Render(request with { Start = new ImageStart.FromLatent(latent, 0.5f) })).StepsRun);
    }

    private static RgbImage APicture(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i * 7 % 251);
        return new RgbImage(width, height, pixels);
    }

    private static RgbImage Plain(byte level) => new(8, 8, [.. Enumerable.Repeat(level, 3 * 8 * 8)]);

    private static RepaintMask LeftHalf(int width, int height) => new(width, height, [.. Enumerable.Range(0, width * height).Select(i => (byte)(i % width < width / 2 ? 255 : 0))]);

    private static double Distance(RgbImage a, RgbImage b, Func<int, bool>? columns = null) =>
        a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Where((_, i) => columns?.Invoke(i / 3 % a.Width) != false).Average();
}
