namespace Vitrine.Media;

/// <summary>
/// Pixels in rows from the top. <paramref name="Rgba"/> has four bytes a pixel, sRGB with straight (not premultiplied) alpha, no padding;
/// without <paramref name="HasAlpha"/> every fourth byte is 255.
/// </summary>
public sealed record DecodedImage(int Width, int Height, byte[] Rgba, bool HasAlpha)
{
    /// <summary>Three bytes a pixel, transparent parts laid over white.</summary>
    public byte[] ToRgb()
    {
        var rgb = new byte[Width * Height * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            var alpha = Rgba[from + 3];
            for (var channel = 0; channel < 3; channel++)
                rgb[to + channel] = (byte)((Rgba[from + channel] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
        return rgb;
    }
}
