namespace Vitrine.Inference;

/// <summary>
/// Resizing with Lanczos' windowed sinc of three lobes, one axis after the other; when shrinking, the window is widened by the ratio, so that it
/// averages the area and does not alias (Turkowski, "Filters for common resampling tasks", 1990).
/// </summary>
internal static class Resampling
{
    private const double Lobes = 3;

    /// <summary>Resizes to an exact size; the same picture comes back when it has that size.</summary>
    public static PlanarImage Resize(PlanarImage image, int width, int height)
    {
        if (image.Width != width)
            image = Horizontally(image, Taps(image.Width, 0, image.Width, width));
        return image.Height == height ? image : Vertically(image, Taps(image.Height, 0, image.Height, height));
    }

    /// <summary>
    /// Resizes a part of the picture. The part need not begin or end at whole pixels, so a window that moves a little gives a picture that moves as
    /// little: nothing snaps to a grid.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the picture.</exception>
    public static PlanarImage Window(PlanarImage image, Rectangle part, int width, int height)
    {
        const double Tolerance = 1e-6; // What adding up fractions of a pixel may cost.
        if (!(part.X >= -Tolerance && part.Y >= -Tolerance && part.X + part.Width <= image.Width + Tolerance && part.Y + part.Height <= image.Height + Tolerance
            && part.Width > 0 && part.Height > 0))
            throw new ArgumentOutOfRangeException(nameof(part), part, $"A window lies inside its picture of {image.Width}x{image.Height}.");
        return Vertically(Horizontally(image, Taps(image.Width, part.X, part.Width, width)), Taps(image.Height, part.Y, part.Height, height));
    }

    private static PlanarImage Horizontally(PlanarImage image, (int First, float[] Weights)[] taps)
    {
        var width = taps.Length;
        var resized = new PlanarImage(width, image.Height);
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < image.Height; y++)
            {
                var from = image.Row(c, y);
                var to = resized.Row(c, y);
                for (var x = 0; x < width; x++)
                {
                    var (first, weights) = taps[x];
                    var sum = 0f;
                    for (var k = 0; k < weights.Length; k++)
                        sum += weights[k] * from[first + k];
                    to[x] = Math.Clamp(sum, 0, 255);
                }
            }
        return resized;
    }

    private static PlanarImage Vertically(PlanarImage image, (int First, float[] Weights)[] taps)
    {
        var height = taps.Length;
        var resized = new PlanarImage(image.Width, height);
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < height; y++)
            {
                var (first, weights) = taps[y];
                var to = resized.Row(c, y);
                for (var k = 0; k < weights.Length; k++)
                {
                    var from = image.Row(c, first + k);
                    for (var x = 0; x < to.Length; x++)
                        to[x] += weights[k] * from[x];
                }
                for (var x = 0; x < to.Length; x++)
                    to[x] = Math.Clamp(to[x], 0, 255);
            }
        return resized;
    }

    // For every target pixel the first source pixel and the weights, which add up to 1; taps beyond the edge are left out.
    private static (int First, float[] Weights)[] Taps(int from, double begin, double extent, int to)
    {
        var ratio = extent / to;
        var stretch = Math.Max(1, ratio);
        var taps = new (int, float[])[to];
        for (var i = 0; i < to; i++)
        {
            var centre = begin + (i + 0.5) * ratio - 0.5;
            var first = Math.Max(0, (int)Math.Ceiling(centre - Lobes * stretch));
            var last = Math.Min(from - 1, (int)Math.Floor(centre + Lobes * stretch));
            var weights = new double[last - first + 1];
            for (var k = 0; k < weights.Length; k++)
                weights[k] = Lanczos((first + k - centre) / stretch);
            var sum = weights.Sum();
            taps[i] = (first, Array.ConvertAll(weights, weight => (float)(weight / sum)));
        }
        return taps;
    }

    private static double Lanczos(double x)
    {
        if (Math.Abs(x) < 1e-9)
            return 1;
        return Math.Abs(x) >= Lobes ? 0 : Lobes * Math.Sin(Math.PI * x) * Math.Sin(Math.PI * x / Lobes) / (Math.PI * Math.PI * x * x);
    }
}

/// <summary>A part of a picture, in its pixels and fractions of them.</summary>
internal readonly record struct Rectangle(double X, double Y, double Width, double Height);
