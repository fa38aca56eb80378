using System.Runtime.InteropServices;

namespace Vitrine.Media;

/// <summary>The eight ways a camera can be held (EXIF 2.32, tag 0112h).</summary>
internal static class Orientation
{
    /// <param name="orientation">1..8; anything else, such as 0 or 9 in damaged metadata, counts as upright.</param>
    public static DecodedImage Upright(DecodedImage image, int orientation)
    {
        if (orientation is < 2 or > 8)
            return image;
        int width = image.Width, height = image.Height;
        var turned = orientation >= 5;
        var (newWidth, newHeight) = turned ? (height, width) : (width, height);
        var upright = new byte[image.Rgba.Length];
        var source = MemoryMarshal.Cast<byte, uint>(image.Rgba.AsSpan());
        var target = MemoryMarshal.Cast<byte, uint>(upright.AsSpan());
        for (var y = 0; y < newHeight; y++)
        {
            for (var x = 0; x < newWidth; x++)
            {
                var (fromX, fromY) = orientation switch
                {
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (y, height - 1 - x),
                    7 => (width - 1 - y, height - 1 - x),
                    _ => (width - 1 - y, x),
                };
                target[y * newWidth + x] = source[fromY * width + fromX];
            }
        }
        return image with { Width = newWidth, Height = newHeight, Rgba = upright };
    }
}
