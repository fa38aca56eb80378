using System.Text.Json.Serialization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

/// <summary>Somebody asked for pictures. Recorded together with what became of it. Since texts are sealed (docs/adr/0020) what the person said is in <paramref name="Personal"/> only.</summary>
/// <param name="RequestDigest">SHA-256 of the request; in a sealed event HMAC-SHA256 of it with the person's key.</param>
/// <param name="EndPrompt">What a clip ends with; null for none, and in a sealed event.</param>
/// <param name="Personal">Prompt, negative prompt, end prompt, metadata, end user and digest of the request; null in events from before.</param>
/// <param name="HasNegativePrompt">Whether there is a negative prompt, which the price depends on; null in events from before.</param>
public sealed record PromptSubmitted(
    string Project, string? User, string? Session, string Key, string Dialect, string RequestDigest, string? Prompt, string? NegativePrompt, int Images,
    IReadOnlyDictionary<string, string>? Metadata, string? EndUser, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SealedText? Personal = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? HasNegativePrompt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EndPrompt = null);

/// <summary>The prompt policy in force said yes or no.</summary>
/// <param name="PolicyDigest">SHA-256 over the policy files in force.</param>
/// <param name="Rules">Ids of the rules that matched, also of those that only flag.</param>
/// <param name="Personal">The digest of the folded prompt; null in events from before.</param>
public sealed record PromptScreened(
    string PolicyDigest, bool Allowed, IReadOnlyList<string> Rules, string? NormalisedDigest, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SealedText? Personal = null);

/// <summary>Credits are promised out of the budgets of one month, at user, project and tenant.</summary>
public sealed record CreditsReserved(string Period, long Micro);

/// <summary>The promise to the caller: these pictures will be made, or it will be said why not. Holds every parameter that decides a pixel or the price.</summary>
/// <param name="PriceFactor">The model's price factor at that moment, see <see cref="Price"/>; null in events from before it was recorded, when every model's was 1.</param>
/// <param name="Start">The picture that it begins at; null for noise alone.</param>
/// <param name="Clip">What makes its outputs clips; null for pictures.</param>
/// <param name="Audience">Where the pictures will be shown; null where nobody said.</param>
public sealed record JobAccepted(
    string Model, string ModelVersion, string ModelDigest, int Width, int Height, long Seed, int Steps, float Guidance, PictureFormat Format, int Quality,
    Speed Speed, int Previews, DateTimeOffset At, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? PriceFactor = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobStart? Start = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Audience? Audience = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Clip? Clip = null);

/// <summary>A request that was recorded and not accepted. Terminal; costs nothing.</summary>
public sealed record JobRefused(Refusal Refusal, DateTimeOffset At);

/// <summary>A device has taken the job up. Results of earlier attempts no longer count.</summary>
public sealed record RenderingStarted(int Attempt, string Device, DateTimeOffset At);

/// <summary>A device gave an attempt up; the job waits again.</summary>
public sealed record RenderingFailed(int Attempt, Failure Failure, DateTimeOffset At);

/// <summary>The output policy forbids a picture of this attempt: it was neither encoded nor stored. The job fails in the same transaction.</summary>
public sealed record OutputBlocked(int Attempt, int Image, OutputScreening Screening, DateTimeOffset At);

/// <summary>All pictures are stored, signed and verified. Terminal; closes the reservation.</summary>
public sealed record JobCompleted(int Attempt, IReadOnlyList<AssetView> Assets, long SettledMicro, long ReleasedMicro, DateTimeOffset At);

/// <summary>The job could not be done. Terminal; the reservation is released.</summary>
public sealed record JobFailed(Failure Failure, long ReleasedMicro, DateTimeOffset At);

/// <summary>Somebody called the job off. Terminal; the reservation is released.</summary>
/// <param name="By">The API key that did.</param>
public sealed record JobCanceled(string By, long ReleasedMicro, DateTimeOffset At);
