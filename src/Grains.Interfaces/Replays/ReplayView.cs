using System.Text.Json.Serialization;

namespace Vitrine.Grains.Interfaces;

[Alias("vitrine.ReplayState")]
public enum ReplayState { Queued = 0, Running = 1, Done = 2, Canceled = 3 }

/// <summary>What came of making a picture again.</summary>
[Alias("vitrine.ReplayAnswer")]
public enum ReplayAnswer
{
    /// <summary>The pixels have the digest on record.</summary>
    Identical = 0,

    /// <summary>Other pixels, and the picture looks the same: see <see cref="PixelDifference"/>.</summary>
    Alike = 1,

    /// <summary>The picture does not look the same.</summary>
    Different = 2,

    /// <summary>The model is no longer in the catalogue.</summary>
    ModelGone = 3,

    /// <summary>The prompt is no longer on record.</summary>
    PromptGone = 4,

    /// <summary>It could not be made again; the failure says why.</summary>
    Failed = 5,
}

/// <summary>How far two pictures are from each other, both as whoever opens the file sees them: watermarked, labelled, encoded.</summary>
/// <param name="PdqDistance">Bits by which their PDQ hashes differ, of 256; null where one of them shows too little to compare.</param>
/// <param name="PsnrDecibels">Peak signal-to-noise ratio over all channels; null where the two are equal.</param>
/// <param name="LargestDifference">Of any channel of any pixel, 0 to 255.</param>
[GenerateSerializer, Immutable, Alias("vitrine.PixelDifference")]
public sealed record PixelDifference([property: Id(0)] int? PdqDistance, [property: Id(1)] double? PsnrDecibels, [property: Id(2)] int LargestDifference);

/// <summary>What a renderer found when it made a picture again.</summary>
/// <param name="PixelSha256">Of the rendered RGB rows, to be compared with the record's.</param>
/// <param name="Difference">Null where the digests are equal, and where the picture's file could not be read.</param>
[GenerateSerializer, Immutable, Alias("vitrine.ReplayFinding")]
public sealed record ReplayFinding(
    [property: Id(0)] string PixelSha256, [property: Id(1)] string ModelDigest, [property: Id(2)] RenderSite Site,
    [property: Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PixelDifference? Difference);

/// <summary>The end of a replay, complete enough to be understood alone.</summary>
/// <param name="PixelSha256">The digest on record.</param>
/// <param name="ModelDigest">The model's digest on record.</param>
/// <param name="Site">Where the picture was made, as recorded; null for a picture of the time before that was recorded.</param>
/// <param name="Found">Null where nothing was rendered.</param>
/// <param name="Differs">Which circumstances are known to differ: <c>model_digest</c>, <c>device</c>, <c>hardware</c>, <c>runtime</c>, <c>platform</c>.</param>
[GenerateSerializer, Immutable, Alias("vitrine.ReplayVerdict")]
public sealed record ReplayVerdict(
    [property: Id(0)] ReplayAnswer Answer, [property: Id(1)] string Sentence, [property: Id(2)] string PixelSha256, [property: Id(3)] string ModelDigest,
    [property: Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RenderSite? Site,
    [property: Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ReplayFinding? Found,
    [property: Id(6)] IReadOnlyList<string> Differs,
    [property: Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Failure? Failure = null);

/// <summary>A replay as its events tell it.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.ReplayView")]
public sealed record ReplayView
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Asset { get; init; }
    [Id(2)] public required string Job { get; init; }

    /// <summary>The API key that asked for it.</summary>
    [Id(3)] public required string Key { get; init; }

    /// <summary>The model's name.</summary>
    [Id(4)] public required string Model { get; init; }
    [Id(5)] public ReplayState State { get; init; }
    [Id(6)] public required DateTimeOffset RequestedAt { get; init; }
    [Id(7)] public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How often rendering has begun. Results of an earlier attempt are fenced out.</summary>
    [Id(8)] public int Attempt { get; init; }
    [Id(9)] public int Failures { get; init; }

    /// <summary>The device of the last attempt.</summary>
    [Id(10)] public string? Device { get; init; }
    [Id(11)] public ReplayVerdict? Verdict { get; init; }

    /// <summary>Events so far.</summary>
    [Id(12)] public long Revision { get; init; }
    [JsonIgnore] public bool IsOpen => State is ReplayState.Queued or ReplayState.Running;
}
