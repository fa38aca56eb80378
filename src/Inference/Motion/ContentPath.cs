namespace Vitrine.Inference;

/// <summary>What a clip shows at a moment, apart from the camera: the request for the keyframe there. Nearby moments have nearby noise and nearby text.</summary>
internal static class ContentPath
{
    /// <summary>
    /// How far a loop goes from its seed's own noise, in radians. Chosen by eye: visibly alive, and still the same picture.
    /// </summary>
    private const double LoopRadius = 0.45;

    /// <summary>Whether all moments show the same.</summary>
    public static bool IsStill(ClipRequest clip) =>
        clip.StartPicture is not null && clip.Strength == 0 || clip.Motion != ClipMotion.Loop && clip.SecondPrompt is null && clip.SecondSeed is null;

    /// <param name="moment">0 the beginning, 1 the end.</param>
    public static ImageRequest KeyframeAt(ClipRequest clip, double moment)
    {
        var progress = clip.Motion == ClipMotion.Loop ? (1 - Math.Cos(2 * Math.PI * moment)) / 2 : Ease(moment);
        return new ImageRequest(clip.Model, clip.Prompt, "", clip.Seed, clip.Steps, clip.Guidance, ModelCard.SmallestSide, ModelCard.SmallestSide)
        {
            KeepLatent = true, // The picture of this request is thrown away, hence its size.
            Noise = clip.SecondSeed is { } second ? NoiseMix.Between(clip.Seed, second, progress)
                : clip.Motion == ClipMotion.Loop ? NoiseMix.Around(clip.Seed, LoopRadius, moment) : null,
            Blend = clip.SecondPrompt is { } other ? new PromptBlend(other, (float)progress) : null,
            Start = clip.StartPicture is { } picture ? new ImageStart.FromPicture(picture, clip.Strength) : null,
        };
    }

    /// <summary>From 0 to 1, at rest at both ends.</summary>
    public static double Ease(double moment) => moment * moment * (3 - 2 * moment);
}
