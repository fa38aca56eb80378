using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Replays;

/// <summary>What becomes of a wish to make a picture again, decided from values alone.</summary>
public static class ReplayDecisions
{
    /// <summary>Replays of one tenant that wait or run at once. They cost no credits, so this is what keeps them from taking a device for themselves.</summary>
    public const int MaxOpen = 4;

    /// <summary>Replays that one tenant may ask for in a day.</summary>
    public const int MaxPerDay = 200;

    /// <summary>Failures that renderers may report before a replay ends with them.</summary>
    public const int MaxFailures = 3;

    /// <summary>How often rendering may begin at all; restarts of a silo count here.</summary>
    public const int MaxAttempts = 20;

    /// <summary>Two pictures with too little to see for a perceptual hash count as alike from here on: at 30 dB differences are hard to see.</summary>
    public const double AlikeDecibels = 30;

    /// <summary>Bits of 256 by which the hashes of pictures that look alike differ at most (the recommendation of PDQ's reference implementation).</summary>
    public const int AlikeBits = 31;

    /// <summary>Null when there is room for one more.</summary>
    public static Refusal? Room(int open, int today) =>
        open >= MaxOpen ? new Refusal(Refused.RateExceeded, $"{MaxOpen} replays of this tenant are under way, which is as many as may be; ask again when one is done.", RetryAfter: TimeSpan.FromSeconds(10))
        : today >= MaxPerDay ? new Refusal(Refused.RateExceeded, $"A tenant may ask for {MaxPerDay} replays in 24 hours.", RetryAfter: TimeSpan.FromHours(1))
        : null;

    /// <summary>
    /// The one place that says whether a picture can be made again: from what is on record, and with what the catalogue has. Null when it can. Asked when a replay is asked for and again
    /// when a device takes it up, because either can go in between; an erased prompt is missing here and nowhere else.
    /// </summary>
    /// <param name="job">The picture's job as it is on record now; null when it is not.</param>
    /// <param name="inCatalogue">Whether a model of the recorded name is offered.</param>
    public static ReplayVerdict? Impossible(AssetView asset, JobView? job, bool inCatalogue) => (job, inCatalogue) switch
    {
        (null, _) or ({ Prompt: null } or { Prompt: "", Start: not { IsRendition: true } }, _) => Without(asset, ReplayAnswer.PromptGone, "The prompt is no longer on record, so the picture cannot be made again; its events, digests and credentials still stand."),
        (_, false) => Without(asset, ReplayAnswer.ModelGone, $"The model '{job!.Model}' ({asset.ModelDigest}) is no longer in the catalogue, so the picture cannot be made again here."),
        _ => null,
    };

    /// <summary>What a renderer's finding means.</summary>
    public static ReplayVerdict Compare(AssetView asset, ReplayFinding found)
    {
        var differs = Differences(asset, found);
        var (answer, sentence) = found switch
        {
            _ when found.PixelSha256 == asset.PixelSha256 => (ReplayAnswer.Identical, "Made again from the record, the picture has exactly the pixels whose digest is on record."),
            { Difference: null } when asset.Frames is not null => (ReplayAnswer.Different, "Made again, the clip has other frames; how far off they are is not measured for clips. " + Because(asset, differs)),
            { Difference: null } => (ReplayAnswer.Different, "Made again, the picture has other pixels, and its file cannot be read to tell how far off they are."),
            { Difference: { } difference } when IsAlike(difference) => (ReplayAnswer.Alike, "Made again, the picture looks the same, with other pixels. " + Because(asset, differs)),
            _ => (ReplayAnswer.Different, "Made again, the picture does not look the same. " + Because(asset, differs)),
        };
        return new(answer, sentence, asset.PixelSha256, asset.ModelDigest, asset.Site, found, differs);
    }

    /// <summary>What follows from a renderer's report on the present attempt of an open replay.</summary>
    public static object Finish(ReplayView replay, AssetView asset, ReplayResult result, DateTimeOffset now) => result switch
    {
        { Finding: { } found } => new AssetReplayed(asset.Id, Compare(asset, found), now),
        { MayRetry: true } when replay.Failures + 1 < MaxFailures => new ReplayAttemptFailed(replay.Attempt, result.Failure!, now),
        _ => new AssetReplayed(asset.Id, Failed(asset, result.Failure!), now),
    };

    public static ReplayVerdict Failed(AssetView asset, Failure failure) => Without(asset, ReplayAnswer.Failed, "The picture could not be made again: " + failure.Sentence) with { Failure = failure };

    private static ReplayVerdict Without(AssetView asset, ReplayAnswer answer, string sentence) => new(answer, sentence, asset.PixelSha256, asset.ModelDigest, asset.Site, null, []);

    private static bool IsAlike(PixelDifference difference) =>
        difference.PdqDistance is { } bits ? bits <= AlikeBits : difference.PsnrDecibels is null or >= AlikeDecibels;

    private static string Because(AssetView asset, List<string> differs) =>
        differs.Count > 0 ? $"What is known to differ: {string.Join(", ", differs)}."
        : asset.Site is null ? "Where and with which runtime it was made then was not recorded yet, so the cause is not known."
        : "Nothing that is recorded differs, so this speaks against the record or against the machine.";

    private static List<string> Differences(AssetView asset, ReplayFinding found)
    {
        var differs = new List<string>();
        if (found.ModelDigest != asset.ModelDigest) differs.Add("model_digest");
        if (asset.Site is not { } then) return differs;
        var now = found.Site;
        if (now.Device != then.Device) differs.Add("device");
        if (now.Hardware != then.Hardware) differs.Add("hardware");
        if (now.Runtime != then.Runtime) differs.Add("runtime");
        if (now.Platform != then.Platform) differs.Add("platform");
        return differs;
    }
}
