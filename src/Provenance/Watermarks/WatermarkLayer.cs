namespace Vitrine.Provenance;

/// <summary>Adds a tile to a picture, as strongly as the picture's fidelity allows.</summary>
internal static class WatermarkLayer
{
    // The least peak signal-to-noise ratio over all three channels, in decibels: 40 is promised, the rest is reserve for rounding and for the sample.
    private const double LeastFidelity = 40.6, FidelityPerDoubling = 2.7, MostFidelity = 48;
    private const int SmallSide = 128, Sampled = 32_768, Halvings = 12;
    private const float StrongestLevels = 8;

    public static byte[] Lay(ReadOnlySpan<byte> rgb, int width, int height, float[] tile, int side)
    {
        var fidelity = Math.Clamp(LeastFidelity + FidelityPerDoubling * Math.Log2(Math.Sqrt((double)width * height) / SmallSide), LeastFidelity, MostFidelity);
        var strength = Strength(rgb, width, height, tile, side, 255.0 * 255.0 / Math.Pow(10, fidelity / 10));
        var marked = new byte[rgb.Length];
        for (var y = 0; y < height; y++)
        {
            var row = tile.AsSpan(y % side * side, side);
            for (var left = 0; left < width; left += side)
                Lay(rgb, marked, (y * width + left) * 3, row[..Math.Min(side, width - left)], strength);
        }
        return marked;
    }

    private static void Lay(ReadOnlySpan<byte> rgb, Span<byte> marked, int from, ReadOnlySpan<float> row, float strength)
    {
        var source = rgb.Slice(from, row.Length * 3);
        var into = marked.Slice(from, row.Length * 3);
        for (int x = 0, i = 0; x < row.Length; x++, i += 3)
        {
            var change = strength * row[x];
            into[i] = Level(source[i] + change);
            into[i + 1] = Level(source[i + 1] + change);
            into[i + 2] = Level(source[i + 2] + change);
        }
    }

    private static byte Level(float value) => (byte)(Math.Clamp(value, 0, 255) + 0.5f);

    // White cannot become whiter: where pixels are cut off the rest may be stronger. Found by halving, on a part of the pixels.
    private static float Strength(ReadOnlySpan<byte> rgb, int width, int height, float[] tile, int side, double allowed)
    {
        var pixels = width * height;
        var step = Math.Max(1, pixels / Sampled) | 1;
        float low = 0, high = StrongestLevels;
        for (var halving = 0; halving < Halvings; halving++)
        {
            var strength = (low + high) / 2;
            long error = 0, samples = 0;
            for (var pixel = 0; pixel < pixels; pixel += step, samples += 3)
            {
                var change = strength * tile[pixel / width % side * side + pixel % width % side];
                for (var channel = 0; channel < 3; channel++)
                {
                    var level = rgb[3 * pixel + channel];
                    var difference = Level(level + change) - level;
                    error += difference * difference;
                }
            }
            if (error <= allowed * samples)
                low = strength;
            else
                high = strength;
        }
        return low;
    }
}
