using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>A picture that was made before, in another size or format. No model has a hand in it.</summary>
/// <param name="Changes">What was done to the parent, for the manifest, in this order.</param>
public sealed record Rendition(RgbImage Pixels, IReadOnlyList<ContentChange> Changes)
{
    /// <summary>What the record of a job says that its rendition is.</summary>
    /// <param name="file">The parent's.</param>
    /// <exception cref="StartGoneException">It cannot be opened.</exception>
    public static Rendition Of(JobView job, ReadOnlyMemory<byte> file)
    {
        if (ImageDecoder.Decode(file.Span) is not DecodeResult.Decoded { Image: var parent }) throw new StartGoneException("The picture to make a rendition of cannot be opened.");
        var pixels = Fitting.Cover(new RgbImage(parent.Width, parent.Height, parent.ToRgb()), job.Width, job.Height);
        var changes = new List<ContentChange>();
        var crops = Fitting.Crops(parent.Width, parent.Height, job.Width, job.Height);
        if (crops) changes.Add(ContentChange.Cropped);
        if (!crops && (parent.Width, parent.Height) != (job.Width, job.Height)) changes.Add(ContentChange.ResizedProportionally);
        changes.Add(ContentChange.Transcoded);
        return new Rendition(pixels, changes);
    }
}
