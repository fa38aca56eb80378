using System.Text.Json.Serialization;

namespace Vitrine.Grains.Interfaces;

/// <summary>One output: <c>asset_</c>, the 26 digits of its job, <c>_</c> and its number there. An output thus has the same id however often it is made.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.AssetId")]
public readonly record struct AssetId([property: Id(0)] string Value)
{
    private const string Prefix = "asset_";

    public static AssetId Of(JobId job, int image) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Prefix}{job.Value.AsSpan(4)}_{image}"));

    public static bool TryParse(string? text, out AssetId id)
    {
        id = new(text ?? "");
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var rest = text.AsSpan(Prefix.Length);
        var underscore = rest.IndexOf('_');
        return underscore == 26 && Base32.IsEncoded(rest[..26]) && rest.Length is 28 or 29 && rest[27..].IndexOfAnyExceptInRange('0', '9') < 0;
    }

    public override string ToString() => Value;
}

[GenerateSerializer, Immutable, Alias("vitrine.AssetKey")]
public readonly record struct AssetKey([property: Id(0)] TenantId Tenant, [property: Id(1)] AssetId Asset)
{
    public static AssetKey Parse(string text) { var (tenant, rest) = GrainKeyText.Split(text); return new(tenant, new(rest)); }
    public override string ToString() => GrainKeyText.Join(Tenant, Asset.Value);
}

/// <summary>One output: its record.</summary>
[Alias("vitrine.IAssetGrain"), GrainInterfaceType("vitrine.asset")]
public interface IAssetGrain : IGrainWithStringKey
{
    /// <summary>Null when there is no such asset.</summary>
    [Alias("Get")] Task<AssetView?> Get(CancellationToken cancellation);

    /// <summary>Records the second file, with the time stamp that came late. False when the picture waits for none (any more); then the file has no owner.</summary>
    [Alias("AddStamped")] Task<bool> AddStamped(StampedFile stamped, CancellationToken cancellation);

    /// <summary>Records that the picture is erased, then deletes its bytes. False when there is no such asset; asked again it only deletes what should be gone already.</summary>
    [Alias("Erase")] Task<bool> Erase(CancellationToken cancellation);
}

/// <summary>What was decided about the pixels of a picture before it was encoded, complete enough to be judged again.</summary>
/// <param name="Allowed">False when a rule blocks the picture: then it was neither encoded nor stored.</param>
/// <param name="Rules">Ids of the output rules that matched, also of those that only flag.</param>
/// <param name="PolicyDigest">SHA-256 over the policy files in force.</param>
/// <param name="Classifier">Name of the model that looked at it.</param>
/// <param name="Scores">What it gave each of its labels, in its own order; a list, because the store does not keep the order of names.</param>
[GenerateSerializer, Immutable, Alias("vitrine.OutputScreening")]
public sealed record OutputScreening(
    [property: Id(0)] bool Allowed, [property: Id(1)] IReadOnlyList<string> Rules, [property: Id(2)] string PolicyDigest, [property: Id(3)] string Classifier,
    [property: Id(4)] string ClassifierDigest, [property: Id(5)] IReadOnlyList<OutputScore> Scores);

/// <summary>The probability, 0 to 1, that a classifier gave a label.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.OutputScore")]
public readonly record struct OutputScore([property: Id(0)] string Label, [property: Id(1)] float Score);

/// <summary>A label that people see on a picture.</summary>
/// <param name="Text">As it is written there.</param>
/// <param name="Position">The corner: <c>top-right</c>, <c>top-left</c>, <c>bottom-right</c> or <c>bottom-left</c>.</param>
/// <param name="X">Of the plate's left edge, in pixels; likewise the others.</param>
/// <param name="LetterHeight">Of a capital letter, in pixels.</param>
/// <param name="Rules">Ids of the labelling rules that ask for it.</param>
[GenerateSerializer, Immutable, Alias("vitrine.DrawnLabel")]
public sealed record DrawnLabel(
    [property: Id(0)] string Text, [property: Id(1)] string Position, [property: Id(2)] int X, [property: Id(3)] int Y, [property: Id(4)] int Width, [property: Id(5)] int Height,
    [property: Id(6)] double LetterHeight, [property: Id(7)] IReadOnlyList<string> Rules);

/// <param name="Sha256">Of the stored bytes, 64 lower-case hex digits; with the tenant it is the blob's key.</param>
/// <param name="PixelSha256">Of the rendered RGB rows before watermark and encoding: equal for equal model, parameters and seed.</param>
/// <param name="Manifest">The C2PA manifest's URN.</param>
/// <param name="LabelRules">Ids of the labelling rules applied.</param>
/// <param name="Screening">Null for a picture of the time before outputs were screened.</param>
/// <param name="Watermark">The id in the pixels, 12 lower-case hex digits; null where the picture carries none: it is too small, its encoding kept none, or it is older than watermarks.</param>
/// <param name="Pdq">The PDQ hash of the pixels in the file, 64 lower-case hex digits; null for a picture of the time before hashes.</param>
/// <param name="ErasedAt">When its bytes were deleted because a person was erased; null for a picture that is there.</param>
/// <param name="PdqQuality">How much there was to hash, 0 to 100; below 50 the hash says too little to be compared.</param>
/// <param name="Label">The visible label on it; null where no rule asked for one, the platform was told not to offer it, or the picture is too small for one.</param>
/// <param name="AwaitsStamp">True while the time stamp authority that should attest when it was signed has not; null otherwise.</param>
/// <param name="Stamped">Its second file, with the stamp that came late; null where there is none.</param>
/// <param name="Unmet">What the labelling rules ask for and it lacks; empty where it has everything, null for a picture of the time before that was recorded.</param>
/// <param name="Site">Where and with what it was rendered; null for a picture of the time before that was recorded.</param>
[GenerateSerializer, Immutable, Alias("vitrine.AssetView")]
public sealed record AssetView(
    [property: Id(0)] string Id, [property: Id(1)] string Job, [property: Id(2)] int Image, [property: Id(3)] string Sha256, [property: Id(4)] string PixelSha256,
    [property: Id(5)] string MediaType, [property: Id(6)] long Length, [property: Id(7)] int Width, [property: Id(8)] int Height, [property: Id(9)] long Seed,
    [property: Id(10)] string Manifest, [property: Id(11)] string ModelDigest, [property: Id(12)] string PolicyDigest, [property: Id(13)] DateTimeOffset CreatedAt,
    [property: Id(14)] IReadOnlyList<string> LabelRules,
    [property: Id(15), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OutputScreening? Screening = null,
    [property: Id(16), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Watermark = null,
    [property: Id(17), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pdq = null,
    [property: Id(18), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PdqQuality = null,
    [property: Id(19), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ErasedAt = null,
    [property: Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RenderSite? Site = null,
    [property: Id(21), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DrawnLabel? Label = null,
    [property: Id(22), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AwaitsStamp = null,
    [property: Id(23), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StampedFile? Stamped = null,
    [property: Id(24), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Frames = null,
    [property: Id(25), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<UnmetRequirement>? Unmet = null)
{
    /// <summary>This record with the newest of its files in the place of the first.</summary>
    public AssetView OfNewestFile() => Stamped is { } stamped ? this with { Sha256 = stamped.Sha256, Length = stamped.Length, Manifest = stamped.Manifest } : this;
}

/// <summary>Something that a labelling rule asks of an output and that is not on it.</summary>
/// <param name="Kind">As the labelling policy names it, such as <c>notice.before_use</c>.</param>
/// <param name="Rules">Ids of the rules that ask for it.</param>
[GenerateSerializer, Immutable, Alias("vitrine.UnmetRequirement")]
public sealed record UnmetRequirement([property: Id(0)] string Kind, [property: Id(1)] IReadOnlyList<string> Rules);

/// <summary>A second file of a picture: the same one, byte for byte but for an update manifest with the time stamp that was not to be had when it was signed.</summary>
/// <param name="Sha256">Of its bytes, 64 lower-case hex digits; with the tenant it is the blob's key.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Manifest">The update manifest's URN.</param>
[GenerateSerializer, Immutable, Alias("vitrine.StampedFile")]
public sealed record StampedFile([property: Id(0)] string Sha256, [property: Id(1)] long Length, [property: Id(2)] string Manifest, [property: Id(3)] DateTimeOffset At);
