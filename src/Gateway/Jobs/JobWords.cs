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

/// <summary>The words and media types of picture encodings.</summary>
public static class PictureFormats
{
    public static string Word(PictureFormat format) => format switch { PictureFormat.Jpeg => "jpeg", PictureFormat.Webp => "webp", _ => "png" };
    public static string MediaType(PictureFormat format) => format switch { PictureFormat.Jpeg => "image/jpeg", PictureFormat.Webp => "image/webp", _ => "image/png" };

    /// <summary>Without the dot; <c>bin</c> for what is no picture of ours.</summary>
    public static string Extension(string mediaType) => mediaType switch { "image/png" => "png", "image/jpeg" => "jpg", "image/webp" => "webp", _ => "bin" };
}

internal static class Speeds
{
    public static string Word(Speed speed) => speed switch { Speed.Relax => "relax", Speed.Turbo => "turbo", _ => "fast" };
}
