namespace Vitrine.Inference;

/// <summary>
/// How a native square becomes the size that was asked: upscalers until it is at least as large as the shorter side, then a resample to it, then
/// background along the longer side.
/// </summary>
internal static class Enlargement
{
    private const int MostStages = 3;

    /// <summary>
    /// The upscalers to run, first to last: of all cascades that reach the shorter side the one that overshoots least, then the shortest, then the one
    /// with the large factor last, which runs on fewer pixels (x2 then x4 takes less than half the time of x4 then x2). None is given a picture of another
    /// side than it takes. Empty where the native size is enough; where no cascade is enough, the largest, and the resample does the rest.
    /// </summary>
    public static IReadOnlyList<ModelCard> Plan(int native, int width, int height, IReadOnlyList<ModelCard> upscalers)
    {
        var wanted = Math.Min(width, height);
        if (native >= wanted || upscalers.Count == 0)
            return [];
        int SideOf(ModelCard[] cascade) => cascade.Aggregate(native, (side, upscaler) => side * upscaler.Factor);
        var cascades = new List<ModelCard[]> { Array.Empty<ModelCard>() };
        for (var (stage, begin) = (0, 0); stage < MostStages; stage++)
        {
            var end = cascades.Count;
            for (var i = begin; i < end; i++)
                cascades.AddRange(upscalers.Where(upscaler => upscaler.Sizes.Has(SideOf(cascades[i]))).Select(upscaler => (ModelCard[])[.. cascades[i], upscaler]));
            begin = end;
        }
        var best = cascades.Where(cascade => SideOf(cascade) >= wanted)
            .OrderBy(SideOf).ThenBy(cascade => cascade.Length).ThenBy(cascade => cascade[0].Factor).FirstOrDefault();
        return best ?? cascades.OrderByDescending(SideOf).ThenBy(cascade => cascade.Length).First();
    }

    /// <summary>The last part, without a device: the exact size, and the background.</summary>
    /// <exception cref="RenderFailedException">A number is not finite.</exception>
    public static RgbImage Finish(PlanarImage square, int width, int height)
    {
        if (!TextToImageModel.AllFinite(square.Values))
            throw new RenderFailedException(RenderFailure.NotFinite, "An upscaler gave numbers that are not finite.");
        var side = Math.Min(width, height);
        return Canvas.Extend(Resampling.Resize(square, side, side), width, height).ToRgb();
    }
}
