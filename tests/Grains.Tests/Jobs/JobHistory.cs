using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;

namespace Vitrine.Grains.Tests;

/// <summary>Events of one job, in the order in which they can happen, and the states that they make.</summary>
internal static class JobHistory
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public const string Id = "job_00000000000000000000000001";

    public static readonly object[] Accepted =
    [
        new PromptSubmitted("launch", "ada", "thread", "key", "native", "digest", "a red fox", "blurry", 2, new Dictionary<string, string> { ["order"] = "7" }, "end-user", Noon),
        new PromptScreened("sha256:policy", true, ["flagged"], "sha256:prompt", Noon),
        new CreditsReserved("2026-03", 1000),
        new JobAccepted("sticker", "0.1.0", "sha256:model", 64, 64, 7, 16, 4, PictureFormat.Webp, 90, Speed.Turbo, 2, Noon),
    ];

    public static readonly RenderingStarted Started = new(1, "silo-a:cpu0", Noon.AddSeconds(1));
    public static readonly RenderingFailed Failed = new(1, new Failure("render_failed", "No."), Noon.AddSeconds(2));
    public static readonly JobCompleted Completed = new(1, [Asset(0), Asset(1)], 1000, 0, Noon.AddSeconds(3));
    public static readonly JobFailed Lost = new(new Failure("storage_full", "No room."), 1000, Noon.AddSeconds(3));
    public static readonly OutputScreening Forbidden = new(
        false, ["output-sexual-explicit"], "sha256:policy", "nsfw-mobilenet", "sha256:classifier",
        [new("drawing", 0.0625f), new("hentai", 0.5f), new("neutral", 0), new("porn", 0.4375f), new("sexy", 0)]);
    public static readonly RenderResult BlockedResult = new([], new Failure(Failure.OutputBlocked, "It was not released.", ["output-sexual-explicit"]), false) { Blocked = [new BlockedOutput(1, Forbidden)] };
    public static readonly JobCanceled Canceled = new("key", 1000, Noon.AddSeconds(3));
    public static readonly JobRefused Refused = new(new Refusal(Interfaces.Refused.ModerationBlocked, "Not this.", "prompt", Rules: ["rule"]), Noon);

    public static JobView AJobThatWaits => Fold(Accepted);
    public static JobView AJobThatIsRendering => Fold([.. Accepted, Started]);
    public static JobView AJobThatIsDone => Fold([.. Accepted, Started, Completed]);
    public static JobView ARefusedPrompt => Fold([Accepted[0], Accepted[1], Refused]);

    public static JobView Fold(IEnumerable<object> events) => Job.Fold(null, Id, events)!;

    public static AssetView Asset(int image) => new(
        $"asset_00000000000000000000000001_{image}", Id, image, new string('a', 64), new string('b', 64), "image/webp", 1234, 64, 64, 7 + image, "urn:c2pa:1", "sha256:model", "sha256:policy",
        Noon.AddSeconds(3), ["eu-ai-act"]);
}
