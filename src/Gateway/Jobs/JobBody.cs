using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>What a caller learns when a job is accepted.</summary>
internal record JobReceipt
{
    public required string Id { get; init; }

    /// <summary><c>queued, running, held, succeeded, failed</c> or <c>canceled</c>; held is queued while no device can run the model.</summary>
    public required string State { get; init; }

    /// <summary>Jobs that will be served before this one; absent when it does not wait.</summary>
    public int? Position { get; init; }

    /// <summary>Seconds until its pictures are there, as far as anybody can tell; absent before anything was rendered.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>Of ten jobs, one is there sooner than the first of these seconds and one later than the second: how wrong the latest announcements were.</summary>
    public IReadOnlyList<double>? EtaRangeSeconds { get; init; }
    public required CostBody Cost { get; init; }
    public required LinksBody Links { get; init; }

    internal static IReadOnlyList<double>? RangeOf(QueuePlace? place) => place is { EtaLow: { } low, EtaHigh: { } high } ? [low.TotalSeconds, high.TotalSeconds] : null;

    public static JobReceipt Of(JobView job, QueuePlace? place) => new()
    {
        Id = job.Id, State = JobStates.Word(job.State, place), Position = place?.Position, EtaSeconds = place?.Eta?.TotalSeconds, EtaRangeSeconds = RangeOf(place),
        Cost = CostBody.Of(job), Links = LinksBody.Of(job.Id),
    };
}

/// <summary>A job with everything that was resolved for it and came of it.</summary>
internal sealed record JobBody : JobReceipt
{
    public required string Project { get; init; }
    public string? User { get; init; }
    public string? Session { get; init; }
    /// <summary>Absent in a job of a user who was erased, as are the other texts, and in a rendition.</summary>
    public string? Prompt { get; init; }
    public string? NegativePrompt { get; init; }
    public string? Model { get; init; }
    public string? ModelVersion { get; init; }
    public string? ModelDigest { get; init; }
    public required int N { get; init; }
    public required string Size { get; init; }
    public required long Seed { get; init; }
    public required int Steps { get; init; }
    public required float Guidance { get; init; }
    /// <summary>What makes its outputs clips; absent for pictures.</summary>
    public ClipBody? Clip { get; init; }
    public required string Format { get; init; }
    public required int Quality { get; init; }
    public required string Speed { get; init; }
    /// <summary>Id of the picture that it begins at; absent for none. So are mask and strength.</summary>
    public string? Image { get; init; }
    public string? Mask { get; init; }
    public float? Strength { get; init; }
    /// <summary>Where the pictures will be shown; absent where nobody said.</summary>
    public IReadOnlyList<string>? Markets { get; init; }
    public string? Channel { get; init; }
    public bool? MayPassAsReal { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public required IReadOnlyList<JobAssetBody> Assets { get; init; }
    /// <summary>True where the user who asked was erased: the texts are gone for ever, and the pictures deleted. Absent otherwise.</summary>
    public bool? Erased { get; init; }
    public ReasonBody? Refusal { get; init; }
    public ReasonBody? Failure { get; init; }

    public static JobBody Of(TenantId tenant, JobView job, QueuePlace? place, AssetUrls urls, DateTimeOffset now) => new()
    {
        Id = job.Id, State = JobStates.Word(job.State, place), Position = place?.Position, EtaSeconds = place?.Eta?.TotalSeconds, EtaRangeSeconds = RangeOf(place),
        Cost = CostBody.Of(job), Links = LinksBody.Of(job.Id),
        Project = job.Project, User = job.User, Session = job.Session, Prompt = job.Prompt is "" ? null : job.Prompt, NegativePrompt = job.NegativePrompt,
        Model = job.Model, ModelVersion = job.ModelVersion, ModelDigest = job.ModelDigest, N = job.Images,
        Size = new PictureSize(job.Width, job.Height).ToString(), Seed = job.Seed, Steps = job.Steps, Guidance = job.Guidance,
        Clip = ClipBody.Of(job), Format = PictureFormats.Word(job.Format), Quality = job.Quality, Speed = Speeds.Word(job.Speed), Metadata = job.Metadata,
        Image = job.Start?.Picture, Mask = job.Start?.Mask, Strength = job.Start?.Strength, Markets = job.Audience is { Markets: { Count: > 0 } markets } ? markets : null, Channel = job.Audience?.Channel, MayPassAsReal = job.Audience?.MayPassAsReal,
        SubmittedAt = job.SubmittedAt, StartedAt = job.StartedAt, FinishedAt = job.FinishedAt,
        Erased = job.IsErased ? true : null,
        Assets = [.. job.Assets.Select(asset => JobAssetBody.Of(tenant, asset, job.IsErased ? null : urls, now))],
        Refusal = job.Refusal is { } refusal ? new(ErrorAnswer.Of(refusal).Code, refusal.Sentence, refusal.Rules) : null,
        Failure = job.Failure is { } failure ? new(failure.Code, failure.Sentence, failure.Rules) : null,
    };
}

/// <summary>Credits: promised at acceptance, and spent once the job is over.</summary>
internal sealed record CostBody(decimal Reserved, decimal? Settled)
{
    public static CostBody Of(JobView job) => new(job.Reserved.Amount, job.Settled?.Amount);
}

internal sealed record LinksBody(string Self, string Events)
{
    public static LinksBody Of(string job) => new($"/v1/jobs/{job}", $"/v1/jobs/{job}/events");
}

/// <summary>Why a job was refused or failed.</summary>
internal sealed record ReasonBody(string Code, string Detail, IReadOnlyList<string>? Rules);

/// <summary>One picture or clip of a job. The link works for 55 to 60 minutes without a key; asking again gives a new one.</summary>
/// <param name="Frames">Of a clip, at 24 a second; absent for a picture.</param>
internal sealed record JobAssetBody(string Id, string Sha256, string MediaType, int Width, int Height, long Seed, Uri? Url, int? Frames)
{
    /// <param name="urls">Null for a picture that was erased.</param>
    public static JobAssetBody Of(TenantId tenant, AssetView asset, AssetUrls? urls, DateTimeOffset now) =>
        new(asset.Id, asset.Sha256, asset.MediaType, asset.Width, asset.Height, asset.Seed, urls?.For(tenant, asset, now), asset.Frames);
}
