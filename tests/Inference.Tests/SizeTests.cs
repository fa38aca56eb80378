namespace Vitrine.Inference.Tests;

public sealed class SizeTests
{
    [Theory]
    [InlineData(64, 64, "")]
    [InlineData(8, 1024, "")]
    [InlineData(72, 72, "x2")]
    [InlineData(256, 512, "x4")]
    [InlineData(512, 512, "x2 x4")]
    [InlineData(520, 1024, "x4 x4")]
    [InlineData(1024, 1024, "x4 x4")]
    public void The_cascade_overshoots_least_and_runs_the_large_factor_last(int width, int height, string stages)
    {
        var upscalers = Engines.Shipped.Models.Where(model => model.Name.StartsWith("vitrine-upscale", StringComparison.Ordinal)).ToArray();
        Assert.Equal(stages, string.Join(' ', Enlargement.Plan(64, width, height, upscalers).Select(model => $"x{model.Factor}")));
    }

    [Fact]
    public void Without_upscalers_and_beyond_their_reach_the_resample_does_the_rest()
    {
        var x2 = Engines.Shipped.Models.Where(model => model.Factor == 2).ToArray();
        Assert.Empty(Enlargement.Plan(64, 1024, 1024, []));
        Assert.Equal(3, Enlargement.Plan(64, 1024, 1024, x2).Count);
        Assert.Equal((1024, 640), SizeOf(Enlargement.Finish(new PlanarImage(512, 512), 1024, 640)));
    }

    [Fact]
    public void No_upscaler_is_given_a_picture_of_a_side_that_it_does_not_take()
    {
        var upscalers = Engines.Shipped.Models.Where(model => model.Factor > 0).Select(model => model with { Sizes = new SideRange(1, 128, 1) }).ToArray();
        Assert.Equal([2, 4], Enlargement.Plan(64, 1024, 1024, upscalers).Select(model => model.Factor)); // 64 to 128 to 512, and the resample does the rest
    }

    [Fact]
    public async Task A_model_makes_the_sizes_of_its_card_and_a_clip_keeps_to_them()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder, "tiny");
        var catalogue = TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny").Replace("{ min: 8, max: 1024, multiple: 8 }", "{ min: 16, max: 64, multiple: 16 }", StringComparison.Ordinal));
        await using var engine = new RenderingEngine(catalogue, new EngineOptions());
        var request = TinyModels.Request("tiny") with { Width = 48, Height = 64 };
        Assert.Equal((48, 64), SizeOf((await engine.Render(request)).Image));
        foreach (var side in (int[])[8, 24, 80])
            Assert.Contains("multiples of 16 from 16 to 64", (await Assert.ThrowsAsync<ImageRequestRefusedException>(() => engine.Render(request with { Width = side }))).Message, StringComparison.Ordinal);

        var frames = 0;
        await foreach (var frame in new ClipRenderer(engine, catalogue).Render(new ClipRequest("tiny", "a b", 1, 2, 4, ClipMotion.ZoomIn, 2, ClipAspect.Square, 64)))
        {
            Assert.Equal((64, 64), SizeOf(frame.Image));
            frames++;
        }
        Assert.Equal(48, frames);
    }

    [Fact]
    public async Task Every_kind_of_size_comes_out_exactly_as_asked()
    {
        await using var engine = Engines.AnEngine();
        (int, int)[] sizes = [(8, 8), (16, 64), (64, 8), (64, 64), (72, 120), (8, 1024), (256, 256), (512, 256), (136, 600), (1024, 1024)];
        var images = await Task.WhenAll(sizes.Select(size => engine.Render(Engines.Apple with { Width = size.Item1, Height = size.Item2 })));
        Assert.Equal(sizes, images.Select(image => SizeOf(image.Image)));
        Assert.All(images, image => Assert.True(image.Image.Pixels.Distinct().Count() > 8, $"{image.Image.Width}x{image.Image.Height} is nearly blank"));
    }

    [Fact]
    public void A_longer_canvas_holds_the_whole_square_in_its_middle_and_a_plain_background_stays_plain()
    {
        foreach (var (width, height) in ((int, int)[])[(20, 8), (8, 20)])
        {
            var square = new PlanarImage(8, 8);
            for (var c = 0; c < 3; c++)
                for (var y = 0; y < 8; y++)
                    for (var x = 0; x < 8; x++)
                        square.Row(c, y)[x] = x is >= 2 and < 6 && y is >= 2 and < 6 ? 10 * x + y + 50 * c : 200;
            var canvas = Canvas.Extend(square, width, height);
            var (left, top) = ((width - 8) / 2, (height - 8) / 2);
            for (var c = 0; c < 3; c++)
                for (var y = 0; y < height; y++)
                    for (var x = 0; x < width; x++)
                    {
                        var inside = x >= left && x < left + 8 && y >= top && y < top + 8;
                        Assert.Equal(inside ? square.Row(c, y - top)[x - left] : 200, canvas.Row(c, y)[x], 1e-3);
                    }
        }
    }

    [Fact]
    public void Resampling_keeps_plain_areas_and_the_mean()
    {
        var image = new PlanarImage(64, 64);
        for (var i = 0; i < image.Values.Length; i++)
            image.Values[i] = i % 64 < 32 ? 60 : 180;
        foreach (var side in (int[])[8, 24, 64, 100, 333])
        {
            var resized = Resampling.Resize(image, side, side);
            Assert.Equal(120, resized.Values.Average(), 0.5);
            Assert.Equal(60, resized.Row(0, 0)[0], 6.0);
            Assert.InRange(resized.Row(2, side - 1)[side - 1], 174, 186);
        }
    }

    [Fact]
    public async Task Tiles_leave_no_seam()
    {
        var request = Engines.Apple with { Width = 512, Height = 512 };
        var whole = (await Engines.Together(new EngineOptions { UpscalerTile = 512 }, request)).Images[0].Image.Pixels;
        var tiled = (await Engines.Together(new EngineOptions { UpscalerTile = 48 }, request)).Images[0].Image.Pixels;
        Assert.InRange(whole.Zip(tiled, (a, b) => Math.Abs(a - b)).Max(), 0, 1);
    }

    [Theory]
    [InlineData("esrgan-slim-x2")]
    [InlineData("esrgan-slim-x4")]
    [InlineData("vitrine-upscale-x2")]
    [InlineData("vitrine-upscale-x4")]
    public void Enlarging_a_plain_picture_leaves_no_frame_and_repeats_itself(string name)
    {
        Engines.Shipped.TryGet(name, out var card);
        using var upscaler = Upscaler.Open(card!, new EngineOptions());
        var plain = new PlanarImage(64, 64);
        Array.Fill(plain.Values, 200);
        PlanarImage Enlarged()
        {
            var large = new PlanarImage(64 * card!.Factor, 64 * card.Factor);
            upscaler.Run(plain, large, new Tile(0, 0, 64, 64));
            return large;
        }

        var first = Enlarged();
        Assert.All(first.Values, value => Assert.InRange(value, 192, 208));
        Assert.Equal(first.Values, Enlarged().Values);
    }

    private static (int, int) SizeOf(RgbImage image) => (image.Width, image.Height);
}
