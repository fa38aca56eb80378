using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests;

/// <summary>What is done to eight values at once is what the plain formula does to each, to the last bit: a replay lays the watermark again, perhaps on another processor, and compares.</summary>
public sealed class WatermarkArithmeticTests(ITestOutputHelper output)
{
    private static readonly int Seed = Environment.TickCount;

    // ITU-T T.81, table K.1.
    private static readonly float[] Steps =
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1003)]
    [InlineData(16_384)]
    public void Changes_of_luma_reach_red_green_and_blue_as_the_formula_says(int pixels)
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var (rgb, changes, changed) = (new byte[3 * pixels], new float[pixels], new byte[3 * pixels]);
        random.NextBytes(rgb);
        for (var i = 0; i < pixels; i++) changes[i] = (float)(random.NextDouble() - 0.5) * 400;

        foreach (var strength in new[] { 0, 0.37f, 1 })
        {
            LumaChanges.Add(rgb, changes, strength, changed);
            long error = 0;
            for (var i = 0; i < changed.Length; i++)
            {
                var change = new[] { 0.669f, 1.313f, 0.255f }[i % 3] * (strength * changes[i / 3]);
                var expected = (byte)(Math.Clamp(rgb[i] + change, 0, 255) + 0.5f);
                Assert.Equal(expected, changed[i]);
                error += (expected - rgb[i]) * (expected - rgb[i]);
            }
            Assert.Equal((double)error / changed.Length, LumaChanges.Error(rgb, changes, strength, sampled: 32_768));
        }
    }

    [Fact]
    public void Of_a_large_picture_the_error_is_that_of_every_so_many_pixels()
    {
        var (rgb, changes) = (new byte[3 * 100_000], new float[100_000]);
        Array.Fill(rgb, (byte)100);
        // 100,000 / 32,768 is 3: every third pixel is looked at.
        for (var i = 0; i < changes.Length; i++) changes[i] = i % 3 == 0 ? 10 : 90;

        Assert.Equal((7 * 7 + 13 * 13 + 3 * 3) / 3.0, LumaChanges.Error(rgb, changes, 1, sampled: 32_768));
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(64, 40)]
    [InlineData(19, 27)]
    public void The_rehearsal_quantises_as_JPEG_does(int columns, int rows)
    {
        // One seed: a coefficient half way between two steps may be rounded either way.
        var random = new Random(20_261_129);
        float[] luma = [.. Enumerable.Range(0, columns * rows).Select(_ => (float)random.NextDouble() * 255)], expected = [.. luma];

        JpegRehearsal.Play(luma, columns, rows);

        for (var top = 0; top + 8 <= rows; top += 8)
            for (var left = 0; left + 8 <= columns; left += 8)
                Quantise(expected, columns, top, left);
        for (var i = 0; i < luma.Length; i++) Assert.True(Math.Abs(expected[i] - luma[i]) < 1e-2, $"{i}: {expected[i]} and {luma[i]}");
    }

    // ITU-T T.81, A.3.3 and A.3.4, in the precision of a double.
    private static void Quantise(float[] luma, int columns, int top, int left)
    {
        static double Cosine(int k, int x) => (k == 0 ? Math.Sqrt(0.125) : 0.5) * Math.Cos((2 * x + 1) * k * Math.PI / 16);
        var coefficients = new double[64];
        for (var k = 0; k < 64; k++)
        {
            var sum = 0.0;
            for (var i = 0; i < 64; i++) sum += Cosine(k / 8, i / 8) * Cosine(k % 8, i % 8) * luma[(top + i / 8) * columns + left + i % 8];
            coefficients[k] = Steps[k] * Math.Round(sum / Steps[k]);
        }
        for (var i = 0; i < 64; i++)
        {
            var sum = 0.0;
            for (var k = 0; k < 64; k++) sum += Cosine(k / 8, i / 8) * Cosine(k % 8, i % 8) * coefficients[k];
            luma[(top + i / 8) * columns + left + i % 8] = (float)sum;
        }
    }
}
