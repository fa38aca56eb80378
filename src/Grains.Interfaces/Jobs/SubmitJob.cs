namespace Vitrine.Grains.Interfaces;

/// <summary>Encoding of the finished pictures; clips are MP4 and nothing else is.</summary>
[Alias("vitrine.PictureFormat")]
public enum PictureFormat { Png = 0, Jpeg = 1, Webp = 2, Mp4 = 3 }

/// <summary>
/// A request for pictures as it came through the edge: syntax is checked there; what the model, policy and budget say is decided by the job.
/// Null means that the caller left it to us.
/// </summary>
/// <param name="RequestDigest">SHA-256 of the request body; the same idempotency key with another digest is a mismatch.</param>
/// <param name="Width">Pixels, a multiple of 8 from 8 to 1024; null with <paramref name="Height"/> for the model's own size.</param>
/// <param name="Seed">0 to <see cref="LargestSeed"/>; picture i uses seed + i.</param>
/// <param name="Quality">0 to 100, for JPEG and WebP.</param>
/// <param name="Previews">Partial pictures wanted per picture, 0 to 3.</param>
/// <param name="FreshId">The job's id was made for this very call, so that no earlier job can have it.</param>
/// <param name="Overloaded">There is no room for new work before this time has passed: only a job that exists already is answered.</param>
/// <param name="Audience">Null where the caller did not say; then the strictest rules count.</param>
/// <param name="Clip">What moves; null for pictures.</param>
/// <param name="RandomSeed">The seed to use when <paramref name="Seed"/> is null: chance comes from the edge, so that the job can be repeated.</param>
[GenerateSerializer, Immutable, Alias("vitrine.SubmitJob")]
public sealed record SubmitJob(
    [property: Id(0)] Principal Principal,
    [property: Id(1)] ProjectId Project,
    [property: Id(2)] UserId? User,
    [property: Id(3)] string? Session,
    [property: Id(4)] string RequestDigest,
    [property: Id(5)] string Dialect,
    [property: Id(6)] string Prompt,
    [property: Id(7)] string? NegativePrompt,
    [property: Id(8)] string? Model,
    [property: Id(9)] int Images,
    [property: Id(10)] int? Width,
    [property: Id(11)] int? Height,
    [property: Id(12)] long? Seed,
    [property: Id(13)] int? Steps,
    [property: Id(14)] float? Guidance,
    [property: Id(15)] PictureFormat Format,
    [property: Id(16)] int Quality,
    [property: Id(17)] Speed Speed,
    [property: Id(18)] int Previews,
    [property: Id(19)] IReadOnlyDictionary<string, string>? Metadata,
    [property: Id(20)] long RandomSeed,
    [property: Id(21)] string? EndUser = null,
    [property: Id(22)] bool FreshId = false,
    [property: Id(23)] TimeSpan? Overloaded = null,
    [property: Id(24)] AskedStart? Start = null,
    [property: Id(25)] Audience? Audience = null,
    [property: Id(26)] AskedClip? Clip = null)
{
    /// <summary>The most pictures of one job.</summary>
    public const int MaxImages = 10;

    /// <summary>2⁶³-11: the most that leaves each picture of a job a seed of its own.</summary>
    public const long LargestSeed = long.MaxValue - MaxImages;
}

/// <summary>Exactly one of a job (accepted now, or found: <see cref="Replayed"/>) and a refusal.</summary>
/// <param name="Place">Where a job that was accepted now stands in the queue; null when the queue did not say in time.</param>
[GenerateSerializer, Immutable, Alias("vitrine.SubmitOutcome")]
public sealed record SubmitOutcome(
    [property: Id(0)] JobView? Job, [property: Id(1)] Refusal? Refusal, [property: Id(2)] bool Replayed, [property: Id(3)] RateHeadroom? Rate,
    [property: Id(4)] QueuePlace? Place = null);
