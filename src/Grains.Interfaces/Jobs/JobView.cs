using System.Text.Json.Serialization;

namespace Vitrine.Grains.Interfaces;

[Alias("vitrine.JobState")]
public enum JobState { Queued = 0, Running = 1, Succeeded = 2, Failed = 3, Canceled = 4 }

/// <summary>A job as its events tell it. Kept as a document beside the events, rebuilt from them at will.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.JobView")]
public sealed record JobView
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Project { get; init; }
    [Id(2)] public string? User { get; init; }
    [Id(3)] public string? Session { get; init; }
    [Id(4)] public required string Key { get; init; }
    [Id(5)] public required string Dialect { get; init; }
    [Id(6)] public required string RequestDigest { get; init; }
    [Id(7)] public JobState State { get; init; }

    /// <summary>Null where it is sealed (<see cref="Personal"/>) or was erased; so are <see cref="NegativePrompt"/>, <see cref="Metadata"/> and <see cref="EndUser"/>.</summary>
    [Id(8)] public required string? Prompt { get; init; }
    [Id(9)] public string? NegativePrompt { get; init; }
    [Id(10)] public string? Model { get; init; }
    [Id(11)] public string? ModelVersion { get; init; }
    [Id(12)] public string? ModelDigest { get; init; }
    [Id(13)] public int Images { get; init; }
    [Id(14)] public int Width { get; init; }
    [Id(15)] public int Height { get; init; }
    [Id(16)] public long Seed { get; init; }
    [Id(17)] public int Steps { get; init; }
    [Id(18)] public float Guidance { get; init; }
    [Id(19)] public PictureFormat Format { get; init; }
    [Id(20)] public int Quality { get; init; }
    [Id(21)] public Speed Speed { get; init; }
    [Id(22)] public int Previews { get; init; }

    /// <summary>Credits promised at acceptance, in millionths; zero before and for a refused prompt.</summary>
    [Id(23)] public long ReservedMicro { get; init; }

    /// <summary>Credits spent, in millionths; null while the job is open.</summary>
    [Id(24)] public long? SettledMicro { get; init; }

    /// <summary>The month (<c>yyyy-MM</c>, UTC) whose budget pays.</summary>
    [Id(25)] public string? Period { get; init; }
    [Id(26)] public required DateTimeOffset SubmittedAt { get; init; }
    [Id(27)] public DateTimeOffset? StartedAt { get; init; }
    [Id(28)] public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How often rendering has begun. Results of an earlier attempt are fenced out.</summary>
    [Id(29)] public int Attempt { get; init; }

    /// <summary>The device of the last attempt.</summary>
    [Id(30)] public string? Device { get; init; }
    [Id(31)] public IReadOnlyList<AssetView> Assets { get; init; } = [];
    [Id(32)] public Refusal? Refusal { get; init; }
    [Id(33)] public Failure? Failure { get; init; }
    [Id(34)] public string? PolicyDigest { get; init; }
    [Id(35)] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    [Id(36)] public string? EndUser { get; init; }

    /// <summary>Events of this job so far.</summary>
    [Id(37)] public long Revision { get; init; }

    /// <summary>How often a renderer has reported a failure of its own.</summary>
    [Id(38)] public int Failures { get; init; }

    /// <summary>The texts of the request, as they are stored; null in a job as it is told, and in one of the time before texts were sealed.</summary>
    [Id(39), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public SealedText? Personal { get; init; }

    /// <summary>The person behind it was erased: nothing of the texts can be read any more. Found out when the job is told, never stored.</summary>
    [Id(40), JsonIgnore] public bool IsErased { get; init; }

    /// <summary>The picture that it begins at; null for noise alone.</summary>
    [Id(41), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public JobStart? Start { get; init; }

    /// <summary>Where its pictures will be shown; null where nobody said, which counts as everywhere.</summary>
    [Id(42), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Audience? Audience { get; init; }

    /// <summary>What makes its outputs clips; null for pictures.</summary>
    [Id(43), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Clip? Clip { get; init; }

    /// <summary>What its clips end with; null for none, and as <see cref="Prompt"/>.</summary>
    [Id(44), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? EndPrompt { get; init; }

    /// <summary>The last attempt that a renderer gave up; null for none, and in rows from before it was kept.</summary>
    [Id(45), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? FailedAttempt { get; init; }

    /// <summary>Who is erased with this job, as the store's column of it: the user, else the end user or API key (<see cref="SubjectId"/>); null in jobs under no user from before the last two were told apart.</summary>
    public string? Asker => User ?? (Personal is { Subject.Length: > 0 } sealedText ? sealedText.Subject : null);
    [JsonIgnore] public Credits Reserved => new(ReservedMicro);
    [JsonIgnore] public Credits? Settled => SettledMicro is { } micro ? new Credits(micro) : null;
    [JsonIgnore] public bool IsOpen => State is JobState.Queued or JobState.Running;
    [JsonIgnore] public bool WasAccepted => Period is not null;
}

/// <summary>Why a job failed.</summary>
/// <param name="Code">One of <c>render_failed</c>, <c>storage_full</c>, <c>poisoned</c>, <c>model_unavailable</c>, <c>credential_invalid</c>, <c>storage_failed</c>, <c>output_blocked</c>, <c>input_gone</c>, <c>encoder_missing</c>.</param>
/// <param name="Rules">Ids of the policy rules behind it, for <c>output_blocked</c>.</param>
[GenerateSerializer, Immutable, Alias("vitrine.Failure")]
public sealed record Failure(
    [property: Id(0)] string Code, [property: Id(1)] string Sentence,
    [property: Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Rules = null)
{
    /// <summary>The output policy forbids a picture. The one failure that only another request mends.</summary>
    public const string OutputBlocked = "output_blocked";
}
