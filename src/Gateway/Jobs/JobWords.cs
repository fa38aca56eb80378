using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>The words for a job's state on the wire.</summary>
public static class JobStates
{
    public static string Word(JobState state, QueuePlace? place) => state switch
    {
        JobState.Queued => place is { Held: true } ? "held" : "queued",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Canceled => "canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No word is known for this state."),
    };

    /// <summary>The state to look for, and whether only jobs in <c>held</c> are meant (true) or none of them (false). Null for no word of ours.</summary>
    public static (JobState State, bool? Held)? Parse(string word) => word switch
    {
        "queued" => (JobState.Queued, false),
        "held" => (JobState.Queued, true),
        "running" => (JobState.Running, null),
        "succeeded" => (JobState.Succeeded, null),
        "failed" => (JobState.Failed, null),
        "canceled" => (JobState.Canceled, null),
        _ => null,
    };
}

/// <summary>The words and media types of encodings.</summary>
public static class PictureFormats
{
    public static string Word(PictureFormat format) => format switch { PictureFormat.Jpeg => "jpeg", PictureFormat.Webp => "webp", PictureFormat.Mp4 => "mp4", _ => "png" };
    public static string MediaType(PictureFormat format) => format switch { PictureFormat.Jpeg => "image/jpeg", PictureFormat.Webp => "image/webp", PictureFormat.Mp4 => "video/mp4", _ => "image/png" };

    /// <summary>What a picture of ours of this media type is encoded in.</summary>
    public static PictureFormat Of(string mediaType) => mediaType switch { "image/jpeg" => PictureFormat.Jpeg, "image/webp" => PictureFormat.Webp, _ => PictureFormat.Png };

    /// <summary>Without the dot; <c>bin</c> for what is no output of ours.</summary>
    public static string Extension(string mediaType) => mediaType switch { "image/png" => "png", "image/jpeg" => "jpg", "image/webp" => "webp", "video/mp4" => "mp4", _ => "bin" };
}

/// <summary>The words for what moves in a clip.</summary>
internal static class Motions
{
    public static readonly (string Word, Motion Value)[] Words =
    [
        ("hold", Motion.Hold), ("zoom-in", Motion.ZoomIn), ("zoom-out", Motion.ZoomOut), ("pan-left", Motion.PanLeft), ("pan-right", Motion.PanRight), ("pan-up", Motion.PanUp), ("pan-down", Motion.PanDown),
        ("loop", Motion.Loop),
    ];

    public static string Word(Motion motion) => Words.Single(each => each.Value == motion).Word;
}

internal static class Speeds
{
    public static string Word(Speed speed) => speed switch { Speed.Relax => "relax", Speed.Turbo => "turbo", _ => "fast" };
}
