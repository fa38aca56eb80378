using System.Text.Json;
using System.Text.RegularExpressions;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>The body of <c>POST /v1/jobs</c>, checked: every rule that needs no model, policy or budget. All its faults are reported at once.</summary>
internal sealed partial record JobFields
{
    public const int MaxImages = SubmitJob.MaxImages;
    public const int MaxSteps = 50;
    public const float MaxGuidance = 30;
    public const int MaxPreviews = 3;
    public const int DefaultQuality = 90;
    public const float DefaultStrength = 0.75f;
    public const int ShortestClip = 2;
    public const int LongestClip = 10;
    public const int DefaultSeconds = 4;
    private const int MaxMarkets = 64;
    private const int MaxMarket = 6;
    private const int MaxModelName = 256;
    private const int MaxMetadata = 16;
    private const int MaxMetadataKey = 64;
    private const int MaxMetadataValue = 512;

    public required string Prompt { get; init; }
    public string? NegativePrompt { get; init; }
    public string? Model { get; init; }
    public int Images { get; init; }
    public PictureSize? Size { get; init; }
    public long? Seed { get; init; }
    public int? Steps { get; init; }
    public float? Guidance { get; init; }
    public PictureFormat Format { get; init; }
    public int Quality { get; init; }
    public string? Project { get; init; }
    public string? Session { get; init; }
    public Speed Speed { get; init; }
    public int Previews { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    public AskedStart? Start { get; init; }
    public Audience? Audience { get; init; }
    public AskedClip? Clip { get; init; }

    public static (JobFields? Fields, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var clip = ClipOf(fields);
        var read = new JobFields
        {
            Clip = clip,
            Prompt = PromptOf(fields) ?? "",
            NegativePrompt = NegativePromptOf(fields),
            Model = ModelOf(fields),
            Images = (int)(fields.WholeNumber("n", 1, MaxImages) ?? 1),
            Size = SizeOf(fields, clip is not null),
            Seed = fields.WholeNumber("seed", 0, SubmitJob.LargestSeed),
            Steps = (int?)fields.WholeNumber("steps", 1, MaxSteps),
            Guidance = fields.Number("guidance", 0, MaxGuidance),
            Format = fields.Choice("format", ("png", PictureFormat.Png), ("jpeg", PictureFormat.Jpeg), ("webp", PictureFormat.Webp), ("mp4", PictureFormat.Mp4)) ?? (clip is null ? PictureFormat.Png : PictureFormat.Mp4),
            Quality = QualityOf(fields),
            Project = fields.Name("project"),
            Session = fields.Name("session"),
            Speed = SpeedOf(fields),
            Previews = (int)(fields.WholeNumber("previews", 0, MaxPreviews) ?? 0),
            Start = StartOf(fields),
            Audience = AudienceOf(fields),
            Metadata = MetadataOf(fields),
        };
        return fields.Error() is { } error ? (null, error) : (read, null);
    }

    // A name that is too long is an unknown one, so that the answer is the same for every model that the caller cannot use. It is cut, still longer than any name.
    private static string? ModelOf(BodyFields fields) =>
        fields.Take("model") is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > MaxModelName } name ? name[..MaxModelName] : fields.Text("model", MaxModelName);

    // These a rendition has too (RenditionFields).
    internal static int QualityOf(BodyFields fields) => (int)(fields.WholeNumber("quality", 0, 100) ?? DefaultQuality);

    internal static Speed SpeedOf(BodyFields fields) => fields.Choice("speed", ("fast", Speed.Fast), ("relax", Speed.Relax), ("turbo", Speed.Turbo)) ?? Speed.Fast;

    internal static IReadOnlyDictionary<string, string>? MetadataOf(BodyFields fields) => fields.TextMap("metadata", MaxMetadata, MaxMetadataKey, MaxMetadataValue);

    private static string? PromptOf(BodyFields fields)
    {
        if (fields.RequiredText("prompt", PromptText.MaxLength) is not { } prompt) return null;
        if (PromptText.IsBlank(prompt)) fields.Invalid("prompt", "prompt has no visible character.");
        return prompt;
    }

    // Unlike the prompt, an empty one has a meaning: none.
    private static string? NegativePromptOf(BodyFields fields) =>
        fields.Take("negative_prompt") is { ValueKind: JsonValueKind.String } text && text.ValueEquals("") ? null : fields.Text("negative_prompt", PromptText.MaxLength);

    // How much a picture changes where nobody says: enough to follow the prompt, not so much that it is another one; under a mask, everything.
    private static AskedStart? StartOf(BodyFields fields)
    {
        var (image, mask, strength) = (IdOf(fields, "image"), IdOf(fields, "mask"), fields.Number("strength", 0, 1));
        if (strength == 0) fields.Invalid("strength", "strength is a number above 0, to 1: at 0 nothing would change.");
        if (image is not null) return new AskedStart(image, mask, strength ?? (mask is null ? DefaultStrength : 1));
        if (mask is not null) fields.Invalid("mask", "mask says what to paint anew in image, which is missing.");
        if (strength is not null) fields.Invalid("strength", "strength says how far to go from image, which is missing.");
        return null;
    }

    private static string? IdOf(BodyFields fields, string name)
    {
        if (fields.Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } id && (InputId.TryParse(id, out _) || AssetId.TryParse(id, out _))) return id;
        fields.Invalid(name, $"{name} is the id of a picture: input_… of POST /v1/inputs, or asset_… of one that was made.");
        return null;
    }

    internal static Audience? AudienceOf(BodyFields fields)
    {
        var (markets, channel) = (fields.Texts("markets", MaxMarkets, MaxMarket), fields.Name("channel"));
        if (markets?.FirstOrDefault(market => !Market().IsMatch(market)) is not null) fields.Invalid("markets", "A market is an ISO 3166 code, such as DE or US-CA, or a union of the labelling policy, such as EU.");
        var mayPassAsReal = fields.Flag("may_pass_as_real") ?? true;
        return markets is null && channel is null && mayPassAsReal ? null : new Audience(markets ?? [], channel, mayPassAsReal);
    }

    [GeneratedRegex("^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] private static partial Regex Market();

    internal static PictureSize? SizeOf(BodyFields fields, bool isClip)
    {
        if (fields.Take("size") is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && PictureSize.TryParse(value.GetString(), out var size, isClip ? PictureSize.MaxClipSide : PictureSize.MaxSide)) return size;
        fields.Invalid("size", isClip ? PictureSize.ClipRule : PictureSize.Rule);
        return null;
    }

    private static AskedClip? ClipOf(BodyFields fields)
    {
        if (fields.Nested("clip") is not { } clip) return null;
        var (seconds, motion) = (clip.WholeNumber("seconds", ShortestClip, LongestClip), clip.Choice("motion", Motions.Words));
        var endPrompt = clip.Text("end_prompt", PromptText.MaxLength);
        if (endPrompt is not null && PromptText.IsBlank(endPrompt)) clip.Invalid("end_prompt", "end_prompt has no visible character.");
        return new AskedClip((int)(seconds ?? DefaultSeconds), motion ?? Motion.ZoomIn, endPrompt, clip.WholeNumber("end_seed", 0, SubmitJob.LargestSeed));
    }
}
