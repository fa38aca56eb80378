using System.Runtime.InteropServices;

namespace Vitrine.Inference.Tests;

public sealed class UpscalerTests
{
    /// <summary>A thousandth of the range 0 to 255.</summary>
    private const float Tolerance = 0.255f;

    public static TheoryData<string> Names => [.. Engines.Shipped.Models.Where(model => model.Kind == ModelKind.Upscaler).Select(model => model.Name)];

    /// <summary>
    /// The fixtures are what TensorFlow.js makes of the package's own weights (training/convert/reference.cjs), and what torch makes of those that were trained on (reference.py).
    /// </summary>
    [Theory, MemberData(nameof(Names))]
    public void An_upscaler_gives_what_its_original_gives(string name)
    {
        using var upscaler = Open(name);
        var large = Enlarge(upscaler, IntegerPictures.Planes(IntegerPictures.Draw("ball", 32, 32)), largestTile: 32);
        var expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(RepositoryFiles.Fixture("converted", $"{name}.f32")));
        Assert.Equal(large.Values.Length, expected.Length);
        for (var y = 0; y < large.Height; y++)
            for (var x = 0; x < large.Width; x++)
                for (var c = 0; c < 3; c++)
                    Assert.Equal(Math.Clamp(expected[(y * large.Width + x) * 3 + c], 0, 255), large.Row(c, y)[x], Tolerance);
    }

    [Theory, MemberData(nameof(Names))]
    public void Tiles_make_the_picture_that_one_run_over_the_whole_would_make(string name)
    {
        const int Seed = 41;
        var random = new Random(Seed);
        using var upscaler = Open(name);
        var noise = new PlanarImage(120, 75);
        for (var i = 0; i < noise.Values.Length; i++)
            noise.Values[i] = random.Next(256);
        var (whole, tiled) = (Enlarge(upscaler, noise, largestTile: 120), Enlarge(upscaler, noise, largestTile: 32));
        var difference = whole.Values.Zip(tiled.Values, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(difference <= Tolerance, $"seed {Seed}: tiles differ from the whole by {difference} of 255");
    }

    [Theory]
    [InlineData(1, 1, 128)]
    [InlineData(64, 64, 32)]
    [InlineData(129, 64, 128)]
    [InlineData(1024, 1024, 128)]
    [InlineData(5000, 77, 512)]
    public void Every_pixel_lies_in_one_tile_and_no_run_sees_more_than_a_tile_and_its_overlap(int width, int height, int largest)
    {
        var tiles = Tile.Cover(width, height, largest);
        var covered = new int[width * height];
        foreach (var tile in tiles)
        {
            for (var y = tile.Y; y < tile.Y + tile.Height; y++)
                for (var x = tile.X; x < tile.X + tile.Width; x++)
                    covered[y * width + x]++;
            var seen = tile.Seen(width, height);
            Assert.InRange(seen.Width, tile.Width, largest + 2 * Upscaler.Overlap);
            Assert.InRange(seen.Height, tile.Height, largest + 2 * Upscaler.Overlap);
        }
        Assert.All(covered, times => Assert.Equal(1, times));
    }

    private static Upscaler Open(string name)
    {
        Engines.Shipped.TryGet(name, out var card);
        return Upscaler.Open(card!, new EngineOptions());
    }

    private static PlanarImage Enlarge(Upscaler upscaler, PlanarImage from, int largestTile)
    {
        var large = new PlanarImage(from.Width * upscaler.Card.Factor, from.Height * upscaler.Card.Factor);
        foreach (var tile in Tile.Cover(from.Width, from.Height, largestTile))
            upscaler.Run(from, large, tile);
        return large;
    }
}
