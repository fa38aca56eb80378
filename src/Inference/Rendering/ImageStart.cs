namespace Vitrine.Inference;

/// <summary>What a picture begins at instead of noise alone.</summary>
/// <param name="Strength">How much noise is laid over it, 0 to 1, in shares of the schedule: 0 changes nothing and runs no step, 1 is noise alone.</param>
public abstract record ImageStart(float Strength)
{
    /// <summary>The longest side of a picture to begin at, in pixels.</summary>
    public const int LongestSide = 4096;

    /// <summary>
    /// Steps that are run of a schedule: n · strength, rounded up, and at least one where the strength is above 0. Where n · strength is whole, they are the last of the full schedule.
    /// </summary>
    /// <param name="steps">Of the whole schedule, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no step, or the strength is not 0 to 1.</exception>
    public static int StepsRun(int steps, double strength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (!(strength is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(strength), strength, "A strength is 0 to 1.");
        // 0.3 as a float is a little more than 0.3.
        return strength > 0 ? Math.Max(1, (int)Math.Ceiling(steps * strength - 1e-6)) : 0;
    }

    /// <summary>
    /// Begins at a picture: the square in its middle is brought to the model's native size and encoded. Nothing of it is finer than the autoencoder's grid.
    /// </summary>
    /// <param name="Mask">What to paint anew; null for everything. Of the picture's size.</param>
    public sealed record FromPicture(RgbImage Picture, float Strength, RepaintMask? Mask = null) : ImageStart(Strength);

    /// <summary>Goes on from a latent that the same model made.</summary>
    public sealed record FromLatent(Latent Latent, float Strength) : ImageStart(Strength);
}

/// <summary>
/// Which parts of a picture to paint anew: one byte a pixel, 255 for yes, 0 for no, row by row from the top. The model works on cells of several pixels;
/// a cell takes the mean of its pixels, and a cell of 0 keeps its latent exactly. The decoder looks a little beyond a cell, so pixels next to a
/// repainted cell can change.
/// </summary>
public sealed class RepaintMask
{
    private readonly byte[] values;

    /// <summary>Takes ownership of the bytes.</summary>
    /// <exception cref="ArgumentException">The array is not width x height long.</exception>
    public RepaintMask(int width, int height, byte[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (values.Length != (long)width * height)
            throw new ArgumentException($"A mask of {width}x{height} has {(long)width * height} bytes, not {values.Length}.", nameof(values));
        (Width, Height, this.values) = (width, height, values);
    }

    /// <summary>Pixels from left to right.</summary>
    public int Width { get; }

    /// <summary>Pixels from top to bottom.</summary>
    public int Height { get; }

    internal ReadOnlySpan<byte> Values => values;

    /// <summary>The mean over every cell of a grid on the square in the middle: 0 keep to 1 repaint, row by row.</summary>
    internal float[] Cells(int columns, int rows)
    {
        var side = Math.Min(Width, Height);
        var (left, top) = ((Width - side) / 2, (Height - side) / 2);
        var cells = new float[columns * rows];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
            {
                // At least one pixel, where the mask is coarser than the grid.
                var (x0, y0) = (column * side / columns, row * side / rows);
                var (x1, y1) = (Math.Max(x0 + 1, (column + 1) * side / columns), Math.Max(y0 + 1, (row + 1) * side / rows));
                var sum = 0;
                for (var y = y0; y < y1; y++)
                    for (var x = x0; x < x1; x++)
                        sum += values[(top + y) * Width + left + x];
                cells[row * columns + column] = sum / (255f * (x1 - x0) * (y1 - y0));
            }
        return cells;
    }
}

/// <summary>A clean latent of one model: what its decoder turns into a picture. Immutable.</summary>
public sealed class Latent
{
    private readonly float[] numbers;

    internal Latent(string modelDigest, float[] numbers) => (ModelDigest, this.numbers) = (modelDigest, numbers);

    /// <summary>The digest of the model that made it; no other model can read it.</summary>
    public string ModelDigest { get; }

    internal ReadOnlySpan<float> Numbers => numbers;

    /// <summary>
    /// The weighted sum of latents, number by number. Clean latents are no noise, so they are mixed linearly; the weights should add up to 1.
    /// </summary>
    /// <exception cref="ArgumentException">The latents are of different models, or there are none.</exception>
    public static Latent Mix(params ReadOnlySpan<(Latent Latent, float Weight)> parts)
    {
        if (parts.IsEmpty)
            throw new ArgumentException("A mix has at least one latent.", nameof(parts));
        var (digest, sum) = (parts[0].Latent.ModelDigest, new float[parts[0].Latent.numbers.Length]);
        foreach (var (latent, weight) in parts)
        {
            if (latent.ModelDigest != digest)
                throw new ArgumentException($"Latents of {digest} and {latent.ModelDigest} cannot be mixed.", nameof(parts));
            for (var i = 0; i < sum.Length; i++)
                sum[i] += weight * latent.numbers[i];
        }
        return new Latent(digest, sum);
    }
}
