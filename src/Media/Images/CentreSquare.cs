namespace Vitrine.Media;

/// <summary>The square in the middle of a picture, reduced where it is much larger than anybody needs.</summary>
public static class CentreSquare
{
    /// <summary>
    /// Cut out of the middle; then, while its side is at least twice <paramref name="enough"/>, each block of k × k samples becomes their mean, with k = side / enough rounded down. Samples that do not
    /// fill a block at the right and lower edge are left out. Whole numbers only, so the result is the same everywhere.
    /// </summary>
    /// <param name="samples">Row by row from the top, <paramref name="channels"/> bytes a pixel, no padding.</param>
    /// <returns>The side in pixels, from 1 to below twice <paramref name="enough"/>, and its samples.</returns>
    /// <exception cref="ArgumentException">There are not width × height × channels samples.</exception>
    public static (int Side, byte[] Samples) Of(ReadOnlySpan<byte> samples, int width, int height, int channels, int enough)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(enough);
        if (samples.Length != (long)width * height * channels) throw new ArgumentException($"{width} x {height} pixels of {channels} channels are not {samples.Length} samples.", nameof(samples));
        var whole = Math.Min(width, height);
        var (left, top, block) = ((width - whole) / 2, (height - whole) / 2, Math.Max(1, whole / enough));
        var side = whole / block;
        var square = new byte[side * side * channels];
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
                for (var channel = 0; channel < channels; channel++)
                {
                    var sum = 0;
                    for (var row = 0; row < block; row++)
                    {
                        var from = ((top + y * block + row) * width + left + x * block) * channels + channel;
                        for (var column = 0; column < block; column++) sum += samples[from + column * channels];
                    }
                    square[(y * side + x) * channels + channel] = (byte)((sum + block * block / 2) / (block * block));
                }
        return (side, square);
    }
}
