using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>The body of <c>POST /v1/jobs</c>, checked: every rule that needs no model, policy or budget. All its faults are reported at once.</summary>
internal sealed record JobFields
{
    public const int MaxImages = 10;
    public const int MaxSteps = 50;
    public const float MaxGuidance = 30;
    public const int MaxPreviews = 3;
    public const int DefaultQuality = 90;
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

    public static (JobFields? Fields, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var read = new JobFields
        {
            Prompt = PromptOf(fields) ?? "",
            NegativePrompt = NegativePromptOf(fields),
            Model = fields.Text("model", MaxModelName),
            Images = (int)(fields.WholeNumber("n", 1, MaxImages) ?? 1),
            Size = SizeOf(fields),
            Seed = fields.WholeNumber("seed", 0, long.MaxValue),
            Steps = (int?)fields.WholeNumber("steps", 1, MaxSteps),
            Guidance = fields.Number("guidance", 0, MaxGuidance),
            Format = fields.Choice("format", ("png", PictureFormat.Png), ("jpeg", PictureFormat.Jpeg), ("webp", PictureFormat.Webp)) ?? PictureFormat.Png,
            Quality = (int)(fields.WholeNumber("quality", 0, 100) ?? DefaultQuality),
            Project = fields.Name("project"),
            Session = fields.Name("session"),
            Speed = fields.Choice("speed", ("fast", Speed.Fast), ("relax", Speed.Relax), ("turbo", Speed.Turbo)) ?? Speed.Fast,
            Previews = (int)(fields.WholeNumber("previews", 0, MaxPreviews) ?? 0),
            Metadata = fields.TextMap("metadata", MaxMetadata, MaxMetadataKey, MaxMetadataValue),
        };
        return fields.Error() is { } error ? (null, error) : (read, null);
    }

    private static string? PromptOf(BodyFields fields)
    {
        if (fields.RequiredText("prompt", PromptText.MaxLength) is not { } prompt) return null;
        if (PromptText.IsBlank(prompt)) fields.Invalid("prompt", "prompt has no visible character.");
        return prompt;
    }

    // Unlike the prompt, an empty one has a meaning: none.
    private static string? NegativePromptOf(BodyFields fields) =>
        fields.Take("negative_prompt") is { ValueKind: JsonValueKind.String } text && text.ValueEquals("") ? null : fields.Text("negative_prompt", PromptText.MaxLength);

    private static PictureSize? SizeOf(BodyFields fields)
    {
        if (fields.Take("size") is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && PictureSize.TryParse(value.GetString(), out var size)) return size;
        fields.Invalid("size", PictureSize.Rule);
        return null;
    }
}
