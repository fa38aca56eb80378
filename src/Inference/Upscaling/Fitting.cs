namespace Vitrine.Inference;

/// <summary>Brings a picture to another size without a model.</summary>
public static class Fitting
{
    /// <summary>
    /// The largest part in the picture's middle that has the proportions asked for, resampled to the exact size (see <see cref="Resampling"/>). The same picture and size give the same pixels on the same kind of processor.
    /// </summary>
    /// <param name="width">Pixels, 1 and more.</param>
    /// <param name="height">Pixels, 1 and more.</param>
    public static RgbImage Cover(RgbImage picture, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if ((picture.Width, picture.Height) == (width, height)) return picture;
        var scale = Math.Min((double)picture.Width / width, (double)picture.Height / height);
        var (w, h) = (scale * width, scale * height);
        return Resampling.Window(PlanarImage.From(picture), new Rectangle((picture.Width - w) / 2, (picture.Height - h) / 2, w, h), width, height).ToRgb();
    }

    /// <summary>Whether <see cref="Cover"/> leaves something out: more than rounding to whole pixels does.</summary>
    public static bool Crops(int fromWidth, int fromHeight, int width, int height)
    {
        var scale = Math.Min((double)fromWidth / width, (double)fromHeight / height);
        return fromWidth - scale * width >= 1 || fromHeight - scale * height >= 1;
    }
}
