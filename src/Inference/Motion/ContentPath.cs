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

    /// <summary>Whether the clip goes from something to something else, and back in a loop; such a way is walked by <see cref="Pace"/>.</summary>
    public static bool Leads(ClipRequest clip) => !IsStill(clip) && (clip.SecondPrompt is not null || clip.SecondSeed is not null);

    /// <param name="place">How far on the way from the first to the second, 0 to 1; in a loop, 0.5 is the second and 1 the first again.</param>
    /// <param name="side">Pixels of the picture, which is thrown away: any that the model makes.</param>
    public static ImageRequest KeyframeAt(ClipRequest clip, double place, int side)
    {
        var progress = clip.Motion == ClipMotion.Loop ? 1 - Math.Abs(1 - 2 * place) : place;
        return new ImageRequest(clip.Model, clip.Prompt, "", clip.Seed, clip.Steps, clip.Guidance, side, side)
        {
            KeepLatent = true,
            Noise = clip.SecondSeed is { } second ? NoiseMix.Between(clip.Seed, second, progress)
                : clip.Motion == ClipMotion.Loop ? NoiseMix.Around(clip.Seed, LoopRadius, place) : null,
            Blend = clip.SecondPrompt is { } other ? new PromptBlend(other, (float)progress) : null,
            Start = clip.StartPicture is { } picture ? new ImageStart.FromPicture(picture, clip.Strength) : null,
        };
    }

    /// <summary>The share of the way that is behind at a moment of the clip, 0 to 1: at rest at the beginning, at the end, and where a loop turns round.</summary>
    public static double ShareAt(ClipRequest clip, double moment) => clip.Motion != ClipMotion.Loop ? Ease(moment)
        : moment < 0.5 ? Ease(2 * moment) / 2 : 0.5 + Ease(2 * moment - 1) / 2;

    /// <summary>From 0 to 1, at rest at both ends.</summary>
    public static double Ease(double moment) => moment * moment * (3 - 2 * moment);
}
