using System.Collections.Concurrent;

namespace Vitrine.Inference.Tests;

public sealed class ProgressTests
{
    [Theory]
    [InlineData(4, 0, new int[0])]
    [InlineData(4, 1, new[] { 2 })]
    [InlineData(4, 3, new[] { 1, 2, 3 })]
    [InlineData(10, 3, new[] { 3, 5, 8 })]
    public async Task Steps_are_reported_in_order_and_previews_are_spread_over_them(int steps, int previews, int[] shownAt)
    {
        await using var engine = Engines.AnEngine();
        var reports = new ConcurrentQueue<RenderProgress>();
        var picture = await engine.Render(Engines.Apple with { Steps = steps, Previews = previews }, reports.Enqueue);
        Assert.Equal(Enumerable.Range(1, steps), reports.Select(report => report.Step));
        Assert.All(reports, report => Assert.Equal(steps, report.Steps));
        Assert.Equal(shownAt, reports.Where(report => report.Preview is not null).Select(report => report.Step));
        Assert.Equal((64, steps), (picture.Image.Width, picture.StepsRun));
        Assert.True(picture.DeviceTime > TimeSpan.Zero);
    }

    [Fact]
    public async Task Previews_come_ever_nearer_to_the_picture_and_do_not_change_it()
    {
        await using var engine = Engines.AnEngine();
        var reports = new ConcurrentQueue<RenderProgress>();
        var apple = Engines.Apple with { Width = 128, Height = 128 }; // previews have the model's own size
        var picture = await engine.Render(apple with { Previews = 3 }, reports.Enqueue);
        var distances = reports.Where(report => report.Preview is not null).Select(report => Distance(report.Preview!, picture.Image)).ToArray();
        Assert.Equal(3, distances.Length);
        Assert.True(distances[0] > distances[1] && distances[1] > distances[2] && distances[2] < 20, string.Join(' ', distances));
        Assert.Equal((await engine.Render(apple)).Image.Pixels, picture.Image.Pixels);
    }

    [Fact]
    public async Task Previews_come_from_the_decoder_that_is_there_for_them_and_never_the_picture()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "plain", "quick" }) TinyModels.Write(folder, name);
        // Its previews are black, so nobody can take one for the work of the other decoder.
        folder.Write("quick/preview_decoder/model.onnx", Onnx.Model(
            [Onnx.Input("latent_sample", Onnx.Float, 3, 8, 8)], [Onnx.Input("sample", Onnx.Float, 3, 8, 8)],
            [Onnx.Node("Mul", ["latent_sample", "none"], "nothing"), Onnx.Node("Sub", ["nothing", "one"], "sample")], [Onnx.Constant("none", 0f), Onnx.Constant("one", 1f)]));
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "plain"), TinyModels.Card(folder, "quick")), new EngineOptions { Lanes = 1 });
        var (plain, quick) = (new ConcurrentQueue<RenderProgress>(), new ConcurrentQueue<RenderProgress>());

        var pictures = await Task.WhenAll(
            engine.Render(TinyModels.Request("plain") with { Steps = 4, Previews = 2 }, plain.Enqueue), engine.Render(TinyModels.Request("quick") with { Steps = 4, Previews = 2 }, quick.Enqueue));

        Assert.Equal(pictures[0].Image.Pixels, pictures[1].Image.Pixels);
        Assert.Equal(2, Shown(quick).Count(preview => preview.Pixels.All(value => value == 0)));
        Assert.Equal(2, Shown(plain).Count(preview => preview.Pixels.Any(value => value > 0)));
    }

    [Fact]
    public async Task A_decoder_of_previews_that_makes_another_shape_is_refused()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder, "odd");
        folder.Write("odd/preview_decoder/model.onnx", Onnx.Model(
            [Onnx.Input("latent_sample", Onnx.Float, 3, 4, 4)], [Onnx.Input("sample", Onnx.Float, 3, 4, 4)], [Onnx.Node("Identity", ["latent_sample"], "sample")]));
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "odd")), new EngineOptions());
        Assert.Contains("preview_decoder", (await Assert.ThrowsAsync<ModelLoadException>(() => engine.Load("odd"))).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<RgbImage> Shown(IEnumerable<RenderProgress> reports) => reports.Select(report => report.Preview).OfType<RgbImage>();

    [Fact]
    public async Task An_exception_of_the_listener_cancels_the_picture_and_reaches_the_caller()
    {
        await using var engine = Engines.AnEngine();
        var error = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => engine.Render(Engines.Apple with { Steps = 50 }, _ => throw new InvalidTimeZoneException("mine")));
        Assert.Equal("mine", error.Message);
        await Engines.Until(() => engine.Statistics.InFlight == 0);
        Assert.Equal(1, engine.Statistics.Cancelled + engine.Statistics.Completed);
    }

    [Fact]
    public async Task A_prompt_longer_than_the_model_reads_is_said_to_be_cut()
    {
        await using var engine = Engines.AnEngine();
        Assert.False((await engine.Render(Engines.Apple)).PromptTruncated);
        Assert.True((await engine.Render(Engines.Apple with { Prompt = string.Join(' ', Enumerable.Repeat("apple", 31)) })).PromptTruncated);
    }

    // Mean absolute difference of bytes.
    private static double Distance(RgbImage a, RgbImage b) => a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Average();
}
