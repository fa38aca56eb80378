using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Vitrine.Gateway.OpenAi;

/// <summary>The body of <c>POST /v1/images/generations</c> as the OpenAPI document shows it; <see cref="OpenAiImageRequest"/> reads it.</summary>
internal sealed record OpenAiImageBody
{
    [Description("What to show, in plain words: 1 to 32000 characters.")] public required string Prompt { get; init; }
    [Description("A name from GET /v1/models; absent for the default.")] public string? Model { get; init; }
    [Description("Pictures, 1 to 10; default 1.")] public int? N { get; init; }
    [Description("auto, or WIDTHxHEIGHT in pixels, each a multiple of 8 from 8 to 1024.")] public string? Size { get; init; }
    [Description("auto, standard, low, medium, high or hd. With size auto: 256, 512 or 1024 pixels for low, medium, and high or hd; otherwise only told back.")] public string? Quality { get; init; }
    [Description("b64_json or url; default b64_json. A url works for 55 to 60 minutes without a key.")] public string? ResponseFormat { get; init; }
    [Description("png, jpeg or webp; default png.")] public string? OutputFormat { get; init; }
    [Description("0 to 100 for jpeg and webp, 100 for png; default 100.")] public int? OutputCompression { get; init; }
    [Description("True for server-sent events instead of one answer.")] public bool? Stream { get; init; }
    [Description("Partial pictures per picture, 0 to 3; only when streaming.")] public int? PartialImages { get; init; }
    [Description("auto or low; the policy of the brand always runs.")] public string? Moderation { get; init; }
    [Description("auto or opaque.")] public string? Background { get; init; }
    [Description("The caller's own end user, at most 256 characters. Where a user of that name is registered and the API key is bound to none, the job is theirs.")] public string? User { get; init; }
    [Description("Beyond OpenAI: 0 to 2^63-11; picture i uses seed + i.")] public long? Seed { get; init; }
    [Description("Beyond OpenAI: denoising steps; the model says how many it takes.")] public int? Steps { get; init; }
    [Description("Beyond OpenAI: guidance scale.")] public float? Guidance { get; init; }
    [Description("Beyond OpenAI: what not to show.")] public string? NegativePrompt { get; init; }
    [Description("Beyond OpenAI: a name for the creative thread that the job belongs to.")] public string? Session { get; init; }
}

/// <summary>OpenAI's <c>ImagesResponse</c>, as <see cref="OpenAiPictures"/> writes it; here for the OpenAPI document.</summary>
internal sealed record OpenAiImagesBody(
    long Created, IReadOnlyList<OpenAiImageData> Data, string Background, string OutputFormat, string Size, string Quality, OpenAiUsageBody Usage);

internal sealed record OpenAiImageData([property: JsonPropertyName("b64_json")] string? B64Json, Uri? Url);

internal sealed record OpenAiUsageBody(long InputTokens, long OutputTokens, long TotalTokens, OpenAiTokens InputTokensDetails, OpenAiTokens OutputTokensDetails);

internal sealed record OpenAiTokens(long TextTokens, long ImageTokens);

/// <summary>OpenAI's <c>ErrorResponse</c>, as <see cref="Dialect.OpenAi"/> writes it; here for the OpenAPI document.</summary>
internal sealed record OpenAiErrorBody(OpenAiErrorDetail Error);

internal sealed record OpenAiErrorDetail(string Message, string Type, string? Param, string? Code);

/// <summary>A model as OpenAI's clients list it (OpenAI API, <c>Model</c>).</summary>
/// <param name="Kind">Always <c>model</c>.</param>
/// <param name="Created">When it was released, in Unix seconds.</param>
internal sealed record OpenAiModel(string Id, [property: JsonPropertyName("object")] string Kind, long Created, string OwnedBy);

/// <summary>OpenAI's <c>ListModelsResponse</c>.</summary>
/// <param name="Kind">Always <c>list</c>.</param>
internal sealed record OpenAiModelList([property: JsonPropertyName("object")] string Kind, IReadOnlyList<OpenAiModel> Data);

/// <summary>How this dialect's answers become JSON: snake case, nothing written for null, no reflection at run time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OpenAiImageBody))]
[JsonSerializable(typeof(OpenAiImagesBody))]
[JsonSerializable(typeof(OpenAiErrorBody))]
[JsonSerializable(typeof(OpenAiModelList))]
internal sealed partial class OpenAiJson : JsonSerializerContext;
