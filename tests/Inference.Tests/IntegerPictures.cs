namespace Vitrine.Inference.Tests;

/// <summary>Pictures drawn with whole numbers only: <c>training/convert/reference.cjs</c> draws the same bytes for the original models.</summary>
internal static class IntegerPictures
{
    public static RgbImage Draw(string kind, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < 3; c++)
                    pixels[(y * width + x) * 3 + c] = (byte)(kind switch
                    {
                        "ball" => Ball(x, y, c, width, height),
                        "weave" => (7 * x + 13 * y + 31 * c + ((x * y) >> 3)) & 255,
                        "slopes" => c switch { 0 => 255 * x / width, 1 => 255 * y / height, _ => (((x >> 4) + (y >> 4)) & 1) == 1 ? 200 : 30 },
                        _ => throw new ArgumentException($"no picture is called '{kind}'", nameof(kind)),
                    });
        return new RgbImage(width, height, pixels);
    }

    public static PlanarImage Planes(RgbImage image)
    {
        var planes = new PlanarImage(image.Width, image.Height);
        for (var i = 0; i < image.Width * image.Height; i++)
            for (var c = 0; c < 3; c++)
                planes.Values[c * image.Width * image.Height + i] = image.Pixels[3 * i + c];
        return planes;
    }

    private static int Ball(int x, int y, int c, int width, int height)
    {
        var (dx, dy, radius) = (2 * x - width, 2 * y - height, Math.Min(width, height));
        return 9 * (dx * dx + dy * dy) < 4 * radius * radius
            ? c switch { 0 => 220, 1 => 60, _ => 40 } - 40 * y / height
            : c switch { 0 => 245, 1 => 240, _ => 200 };
    }
}
