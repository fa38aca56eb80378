namespace Vitrine.Inference;

/// <summary>
/// Puts a square picture in the middle of a longer canvas. The background goes on beyond the edge: every new line is the edge line, blurred along
/// itself the more the farther out it lies, so that a plain background stays plain, a gradient goes on, and something touching the edge fades out
/// instead of leaving stripes. Nothing of the picture is cut off.
/// </summary>
internal static class Canvas
{
    /// <summary>How many pixels of distance widen the blur by one on each side.</summary>
    private const int DistancePerPixel = 3;

    /// <summary>The picture must fill one side of the canvas and not exceed the other.</summary>
    public static PlanarImage Extend(PlanarImage image, int width, int height)
    {
        if (image.Width == width && image.Height == height)
            return image;
        var canvas = new PlanarImage(width, height);
        var (left, top) = ((width - image.Width) / 2, (height - image.Height) / 2);
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < image.Height; y++)
                image.Row(c, y).CopyTo(canvas.Row(c, top + y)[left..]);
        for (var c = 0; c < 3; c++)
        {
            var plane = canvas.Values.AsSpan(c * width * height, width * height);
            if (width > image.Width)
            {
                Fade(plane, left, -1, left, height, 1, width);
                Fade(plane, left + image.Width - 1, 1, width - left - image.Width, height, 1, width);
            }
            else
            {
                Fade(plane, top, -1, top, width, width, 1);
                Fade(plane, top + image.Height - 1, 1, height - top - image.Height, width, width, 1);
            }
        }
        return canvas;
    }

    // Lines lie `across` apart; the pixels of a line lie `along` apart.
    private static void Fade(Span<float> plane, int edge, int direction, int lines, int length, int across, int along)
    {
        var sums = new double[length + 1];
        for (var i = 0; i < length; i++)
            sums[i + 1] = sums[i] + plane[edge * across + i * along];
        for (var distance = 1; distance <= lines; distance++)
        {
            var (line, reach) = ((edge + direction * distance) * across, distance / DistancePerPixel);
            for (var i = 0; i < length; i++)
            {
                var (from, to) = (Math.Max(0, i - reach), Math.Min(length, i + reach + 1));
                plane[line + i * along] = (float)((sums[to] - sums[from]) / (to - from));
            }
        }
    }
}
