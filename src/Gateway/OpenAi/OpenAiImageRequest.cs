using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>How finished pictures reach the caller.</summary>
public enum PictureDelivery { Base64 = 0, Url = 1 }

/// <summary>The three words that OpenAI clients know for the quality of a picture.</summary>
public enum QualityWord { Low = 0, Medium = 1, High = 2 }

/// <summary>
/// A body of <c>POST /v1/images/generations</c> (OpenAI API, <c>CreateImageRequest</c>), syntactically right. What this platform makes of each field:
/// <list type="bullet">
/// <item><c>prompt</c>: required, 1 to 32,000 UTF-16 units, something visible in it, no U+0000.</item>
/// <item><c>model</c>: any name; absent means our default model. An unknown one is refused by the job with <c>model_not_found</c>.</item>
/// <item><c>n</c>: 1 to 10 pictures, default 1.</item>
/// <item><c>size</c>: <c>auto</c> or <c>WxH</c>, both sides multiples of 8 from 8 to 1024.</item>
/// <item><c>quality</c>: our models have one good number of steps, so quality is resolution: with <c>size: auto</c>, <c>low</c>, <c>medium</c> and
/// <c>high</c> (or <c>hd</c>) give squares of 256, 512 and 1024 pixels; <c>auto</c> and <c>standard</c> give the model's own size. With an explicit
/// <c>size</c> the size stands and the word is only told back.</item>
/// <item><c>response_format</c>: <c>b64_json</c> (default, as for GPT image models) or <c>url</c>, a signed link that expires within the hour.</item>
/// <item><c>output_format</c>: <c>png</c> (default), <c>jpeg</c>, <c>webp</c>; <c>output_compression</c>: 0 to 100, default 100, which is all that PNG takes.</item>
/// <item><c>stream</c> and <c>partial_images</c> (0 to 3): partial pictures are decoded previews, sent only when streaming.</item>
/// <item><c>moderation</c>: <c>low</c> and <c>auto</c> are accepted and change nothing: the policy of the brand always runs.</item>
/// <item><c>background</c>: <c>auto</c> and <c>opaque</c>; <c>transparent</c> and any <c>style</c> are refused, as the models cannot do it.</item>
/// <item><c>user</c>: the caller's own end user, at most 256 UTF-16 units.</item>
/// <item>Beyond OpenAI (an SDK's <c>extra_body</c>): <c>seed</c>, <c>steps</c>, <c>guidance</c>, <c>negative_prompt</c>, <c>session</c>, as in <c>POST /v1/jobs</c>.</item>
/// </list>
/// Null counts as absent. Fields that are not named here are ignored, as OpenAI's clients expect.
/// </summary>
public sealed record OpenAiImageRequest
{
    /// <summary>The name of this dialect in the events of a job.</summary>
    public const string Dialect = "openai";

    /// <summary>UTF-16 units of the name that a caller gives to its own end user.</summary>
    public const int MaxEndUser = 256;

    private const int MaxModel = 256;

    public required string Prompt { get; init; }
    public string? NegativePrompt { get; init; }
    public string? Model { get; init; }
    public int Images { get; init; } = 1;

    /// <summary>Null for the model's own size.</summary>
    public PictureSize? Size { get; init; }

    /// <summary>Null when the caller left it to us.</summary>
    public QualityWord? Quality { get; init; }
    public PictureDelivery Delivery { get; init; }
    public PictureFormat Format { get; init; }

    /// <summary>0 to 100, for JPEG and WebP; 100 is the best picture.</summary>
    public int Compression { get; init; } = 100;
    public bool Stream { get; init; }
    public int PartialImages { get; init; }
    public string? EndUser { get; init; }
    public string? Session { get; init; }
    public long? Seed { get; init; }
    public int? Steps { get; init; }
    public float? Guidance { get; init; }

    /// <summary>Reads a body that <see cref="StrictJson"/> has let pass; exactly one of the two results is null.</summary>
    public static (OpenAiImageRequest? Request, ErrorAnswer? Error) Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) return (null, ErrorAnswer.InvalidJson("The body is JSON, but not an object."));

        var fields = new BodyFields(body);
        var prompt = PromptOf(fields);
        var (model, isName) = ModelOf(fields);
        var images = fields.WholeNumber("n", 1, JobFields.MaxImages);
        var quality = fields.Choice<(QualityWord? Word, int? Side)>(
            "quality", ("auto", default), ("standard", default), ("low", (QualityWord.Low, 256)), ("medium", (QualityWord.Medium, 512)), ("high", (QualityWord.High, 1024)), ("hd", (QualityWord.High, 1024)));
        var size = SizeOf(fields) ?? (quality?.Side is { } side ? new PictureSize(side, side) : null);
        var delivery = fields.Choice("response_format", ("b64_json", PictureDelivery.Base64), ("url", PictureDelivery.Url)) ?? PictureDelivery.Base64;
        var format = fields.Choice("output_format", ("png", PictureFormat.Png), ("jpeg", PictureFormat.Jpeg), ("webp", PictureFormat.Webp)) ?? PictureFormat.Png;
        var compression = fields.WholeNumber("output_compression", 0, 100);
        var stream = fields.Flag("stream") ?? false;
        var partialImages = fields.WholeNumber("partial_images", 0, JobFields.MaxPreviews) ?? 0;
        fields.Choice("moderation", ("auto", true), ("low", true));
        fields.Choice("background", ("auto", true), ("opaque", true));
        if (fields.Take("style") is not null) fields.Invalid("style", "The models here have no style; say in the prompt how the picture should look, and leave style out.");
        if (compression < 100 && format == PictureFormat.Png) fields.Invalid("output_compression", "output_compression below 100 is for output_format jpeg or webp; PNG is always lossless.");
        if (stream && delivery == PictureDelivery.Url) fields.Invalid("response_format", "A stream carries pictures as b64_json; leave response_format out or set stream to false.");
        if (!stream && partialImages > 0) fields.Invalid("partial_images", "partial_images above 0 needs stream to be true.");

        var request = new OpenAiImageRequest
        {
            Prompt = prompt ?? "",
            NegativePrompt = OptionalText(fields, "negative_prompt", PromptText.MaxLength),
            Model = model,
            Images = (int)(images ?? 1),
            Size = size,
            Quality = quality?.Word,
            Delivery = delivery,
            Format = format,
            Compression = (int)(compression ?? 100),
            Stream = stream,
            PartialImages = (int)partialImages,
            EndUser = OptionalText(fields, "user", MaxEndUser),
            Session = fields.Name("session"),
            Seed = fields.WholeNumber("seed", 0, SubmitJob.LargestSeed),
            Steps = (int?)fields.WholeNumber("steps", 1, JobFields.MaxSteps),
            Guidance = fields.Number("guidance", 0, JobFields.MaxGuidance),
        };
        if (fields.ErrorOfKnownFields() is { } error) return (null, error);
        return isName ? (request, null) : (null, OpenAiErrors.ModelNotFound);
    }

    /// <summary>The command for the job. <paramref name="project"/> is the one that the caller's key is bound to; <paramref name="randomSeed"/> serves when the caller gave no seed.</summary>
    /// <param name="user">The registered user that <see cref="EndUser"/> names; only a key that is bound to none speaks for somebody else.</param>
    public SubmitJob ToJob(Principal principal, ProjectId project, string requestDigest, long randomSeed, UserId? user = null) => new(
        principal, project, principal.User ?? user, Session, requestDigest, Dialect, Prompt, NegativePrompt, Model, Images, Size?.Width, Size?.Height,
        Seed, Steps, Guidance, Format, Compression, Speed.Fast, PartialImages, Metadata: null, randomSeed, EndUser);

    private static string? PromptOf(BodyFields fields)
    {
        if (fields.Take("prompt") is not { } value || value.ValueKind == JsonValueKind.String && PromptText.IsBlank(value.GetString()!))
        {
            fields.Add("/prompt", "missing_field", "prompt is needed: say in words what the picture shows.");
            return null;
        }

        return fields.Text("prompt", PromptText.MaxLength);
    }

    /// <summary>A text that no model can be named is an unknown model, so that the answer is the same for every model that the caller cannot use.</summary>
    private static (string? Model, bool IsName) ModelOf(BodyFields fields)
    {
        if (fields.Take("model") is not { ValueKind: JsonValueKind.String } value) return (fields.Text("model", MaxModel), true);
        var model = value.GetString()!;
        return (model, model.Length is > 0 and <= MaxModel && !model.Any(char.IsControl));
    }

    private static PictureSize? SizeOf(BodyFields fields)
    {
        if (fields.Take("size") is not { } value || value.ValueKind == JsonValueKind.String && value.ValueEquals("auto")) return null;
        if (value.ValueKind == JsonValueKind.String && PictureSize.TryParse(value.GetString(), out var size)) return size;
        fields.Invalid("size", PictureSize.Rule + " Or auto.");
        return null;
    }

    /// <summary>Here an empty text has a meaning: none.</summary>
    private static string? OptionalText(BodyFields fields, string name, int maxLength) =>
        fields.Take(name) is { ValueKind: JsonValueKind.String } value && value.ValueEquals("") ? null : fields.Text(name, maxLength);
}
