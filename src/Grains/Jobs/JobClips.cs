using System.Globalization;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;

namespace Vitrine.Grains.Jobs;

/// <summary>What a clip asks for and costs, decided from values alone.</summary>
public static class JobClips
{
    /// <summary>Clips of one job: they are made one after the other.</summary>
    public const int MaxClips = 4;

    /// <summary>Pixels of a side where nobody says.</summary>
    public const int DefaultSide = 480;

    private const float UsualStrength = 1;

    /// <summary>What is recorded about a wish; null for pictures.</summary>
    public static Clip? Of(AskedClip? asked) => asked is null ? null : new Clip(asked.Seconds, asked.Motion, asked.EndPrompt is not null, asked.EndSeed);

    /// <summary>Which field of a request asks for a clip that cannot be made, and what could; null where there is none.</summary>
    /// <param name="hasEncoder">Whether this silo has the program that encodes clips.</param>
    public static Refusal? Refuse(SubmitJob asked, JobAccepted accepted, ModelCard model, bool hasEncoder)
    {
        if (asked.Clip is not { } clip) return asked.Format == PictureFormat.Mp4 ? No("format", "mp4 is for clips: say what moves in 'clip', or ask for png, jpeg or webp.") : null;
        return
            asked.Format != PictureFormat.Mp4 ? No("format", "A clip is an mp4.")
            : asked.Images is < 1 or > MaxClips ? No("n", $"1 to {MaxClips} clips can be asked for at once.")
            : clip.Seconds is < ClipRequest.Shortest or > ClipRequest.Longest ? No("clip", $"A clip lasts {ClipRequest.Shortest} to {ClipRequest.Longest} seconds.")
            : !Enum.IsDefined(clip.Motion) ? No("clip", "The motion of the clip is none that is known.")
            : clip.EndSeed is < 0 or > SubmitJob.LargestSeed ? No("clip", $"A seed is 0 to {SubmitJob.LargestSeed}.")
            : ClipRequest.ShapeOf(accepted.Width, accepted.Height) is null
                ? No("size", string.Create(CultureInfo.InvariantCulture,
                    $"A clip is 1:1, 16:9 or 9:16 with a shorter side that is a multiple of {ModelCard.SideMultiple} from {ClipRequest.SmallestShorterSide} to {ClipRequest.LargestShorterSide}, for example 480x480, 640x360 or 360x640."))
            : asked.Previews > 0 ? No("previews", "A clip has no previews; its progress tells the frames that are done.")
            : asked.Start?.Mask is not null ? No("mask", "A clip takes no mask; bring the picture to life as a whole.")
            : clip is { Motion: Motion.Hold, EndPrompt: null, EndSeed: null } ? No("clip", "Nothing moves in this clip: choose another motion, or give an end_prompt or an end_seed.")
            : RequestOf(asked, accepted).Refuse(model) is { } sentence ? No("clip", sentence)
            : !hasEncoder ? No("clip", "This platform makes no clips at present: the program ffmpeg is not installed on it.")
            : null;
    }

    /// <summary>Evaluations that one clip is paid as: those of its denoised pictures, and one for each frame, which is decoded, enlarged, marked and encoded.</summary>
    public static int Evaluations(JobAccepted accepted)
    {
        var clip = RequestOf(accepted.Clip!, accepted.Model, "", accepted.Clip!.HasEndPrompt ? "" : null, accepted.Seed, 0, accepted.Steps, accepted.Guidance, accepted.Width, accepted.Height);
        return clip.Denoised * ImageStart.StepsRun(accepted.Steps, accepted.Start?.Strength ?? UsualStrength) + clip.Frames;
    }

    /// <summary>Pictures that are denoised for one clip of a job, at the most; its texts need not be there.</summary>
    public static int Denoised(JobView job) =>
        RequestOf(job.Clip!, job.Model!, "", job.Clip!.HasEndPrompt ? "" : null, job.Seed, 0, job.Steps, job.Guidance, job.Width, job.Height).Denoised;

    /// <summary>One clip of a job, for the engine.</summary>
    /// <param name="job">With its texts opened.</param>
    public static ClipRequest RequestOf(JobView job, int index, ImageStart.FromPicture? start) =>
        RequestOf(job.Clip!, job.Model!, job.Prompt!, job.EndPrompt, job.Seed, index, job.Steps, job.Guidance, job.Width, job.Height) with
        {
            StartPicture = start?.Picture, Strength = start?.Strength ?? UsualStrength,
        };

    private static ClipRequest RequestOf(SubmitJob asked, JobAccepted accepted) =>
        RequestOf(Of(asked.Clip)!, accepted.Model, asked.Prompt, asked.Clip!.EndPrompt, accepted.Seed, 0, accepted.Steps, accepted.Guidance, accepted.Width, accepted.Height);

    private static ClipRequest RequestOf(Clip clip, string model, string prompt, string? endPrompt, long seed, int index, int steps, float guidance, int width, int height)
    {
        var (aspect, shorter) = ClipRequest.ShapeOf(width, height) ?? throw new InvalidOperationException($"A clip of {width} x {height} pixels was accepted, which is none.");
        return new ClipRequest(model, prompt, (ulong)seed + (ulong)index, steps, guidance, (ClipMotion)(int)clip.Motion, clip.Seconds, aspect, shorter)
        {
            SecondPrompt = endPrompt, SecondSeed = clip.EndSeed is { } end ? (ulong)end + (ulong)index : null,
        };
    }

    private static Refusal No(string field, string sentence) => new(Refused.InvalidValue, sentence, field);
}
