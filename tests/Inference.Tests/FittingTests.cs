namespace Vitrine.Inference.Tests;

public sealed class FittingTests
{
    [Theory]
    [InlineData(100, 100, 50, 50), InlineData(100, 50, 200, 100), InlineData(64, 64, 64, 64), InlineData(33, 66, 10, 20)]
    public void The_same_proportions_lose_nothing(int fromWidth, int fromHeight, int width, int height)
    {
        var fitted = Fitting.Cover(Halves(fromWidth, fromHeight), width, height);

        Assert.Equal((width, height), (fitted.Width, fitted.Height));
        Assert.False(Fitting.Crops(fromWidth, fromHeight, width, height));
        // Dark on the left, bright on the right, also at the very edges.
        Assert.True(fitted.Pixels[0] < 20 && fitted.Pixels[(width - 1) * 3] > 235);
    }

    [Fact]
    public void What_does_not_fit_is_cut_off_at_both_sides_alike()
    {
        // 200 x 100: dark, then a bright middle of 100, then dark; a square keeps the middle alone.
        var pixels = new byte[200 * 100 * 3];
        for (var y = 0; y < 100; y++) pixels.AsSpan((y * 200 + 50) * 3, 300).Fill(250);

        var fitted = Fitting.Cover(new RgbImage(200, 100, pixels), 40, 40);

        Assert.True(Fitting.Crops(200, 100, 40, 40));
        Assert.True(Fitting.Crops(100, 200, 40, 40));
        for (var y = 4; y < 36; y++)
            for (var x = 4; x < 36; x++)
                Assert.InRange(fitted.Pixels[(y * 40 + x) * 3], 240, 255);
    }

    [Fact]
    public void Rounding_to_whole_pixels_is_no_crop() => Assert.False(Fitting.Crops(1000, 667, 504, 336));

    [Fact]
    public void The_same_size_is_the_same_picture()
    {
        var picture = Halves(31, 17);
        Assert.Equal(picture.Pixels, Fitting.Cover(picture, 31, 17).Pixels);
    }

    [Theory]
    [InlineData(0, 8), InlineData(8, 0), InlineData(-1, 8)]
    public void A_size_without_pixels_is_refused(int width, int height) => Assert.Throws<ArgumentOutOfRangeException>(() => Fitting.Cover(Halves(8, 8), width, height));

    private static RgbImage Halves(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                pixels.AsSpan((y * width + x) * 3, 3).Fill(x < width / 2 ? (byte)5 : (byte)250);
        return new RgbImage(width, height, pixels);
    }
}
