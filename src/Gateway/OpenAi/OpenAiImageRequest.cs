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
/// <item><c>output_format</c>: <c>png</c> (default), <c>jpeg</c>, <c>webp</c>; <c>output_compression</c>: 0 to 100, default 100, not for PNG.</item>
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

    public const int MaxPromptUnits = 32_000;
    public const int MaxEndUserUnits = 256;
    public const int MaxModelUnits = 128;
    public const int MaxImages = 10;
    public const int MaxPartialImages = 3;

    /// <summary>A bound of the wire, not of the model: each model has a lower one, which its job checks.</summary>
    public const int MaxSteps = 1000;
    public const float MaxGuidance = 100;

    public required string Prompt { get; init; }
    public string? NegativePrompt { get; init; }
    public string? Model { get; init; }
    public int Images { get; init; } = 1;

    /// <summary>Pixels; null with <see cref="Height"/> for the model's own size.</summary>
    public int? Width { get; init; }
    public int? Height { get; init; }

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

    /// <summary>Reads a body that the strict JSON reader has let pass; exactly one of the two results is null. The error is that of the first field at fault.</summary>
    public static (OpenAiImageRequest? Request, ErrorAnswer? Error) Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) return (null, ErrorAnswer.InvalidJson("The body is JSON, but not an object."));

        var fields = new OpenAiFields(body);
        var prompt = fields.Prompt("prompt", MaxPromptUnits);
        var model = fields.Model("model", MaxModelUnits);
        var images = fields.Whole("n", 1, MaxImages) ?? 1;
        var side = fields.Size("size");
        var quality = fields.Word("quality", "auto", "low", "medium", "high", "standard", "hd");
        var delivery = fields.Word("response_format", "b64_json", "url");
        var format = fields.Word("output_format", "png", "jpeg", "webp");
        var compression = fields.Whole("output_compression", 0, 100);
        var stream = fields.Flag("stream") ?? false;
        var partialImages = fields.Whole("partial_images", 0, MaxPartialImages) ?? 0;
        fields.Word("moderation", "auto", "low");
        fields.Word("background", "auto", "opaque");
        fields.Unsupported("style", "The models here have no 'style'; say in the prompt how the picture should look, and leave 'style' out.");

        if (compression is not null && format is null or "png")
            fields.Refuse("output_compression", "'output_compression' is for 'output_format' jpeg or webp; PNG is always lossless.");
        if (stream && delivery == "url")
            fields.Refuse("response_format", "A stream carries pictures as b64_json; leave 'response_format' out or set 'stream' to false.");
        if (!stream && partialImages > 0)
            fields.Refuse("partial_images", "'partial_images' above 0 needs 'stream': true.");

        var request = new OpenAiImageRequest
        {
            Prompt = prompt ?? "",
            NegativePrompt = fields.Text("negative_prompt", MaxPromptUnits),
            Model = model,
            Images = images,
            Width = side?.Width ?? SideOf(quality),
            Height = side?.Height ?? SideOf(quality),
            Quality = quality switch { "low" => QualityWord.Low, "medium" => QualityWord.Medium, "high" or "hd" => QualityWord.High, _ => null },
            Delivery = delivery == "url" ? PictureDelivery.Url : PictureDelivery.Base64,
            Format = format switch { "jpeg" => PictureFormat.Jpeg, "webp" => PictureFormat.Webp, _ => PictureFormat.Png },
            Compression = compression ?? 100,
            Stream = stream,
            PartialImages = partialImages,
            EndUser = fields.Text("user", MaxEndUserUnits),
            Session = fields.Slug("session"),
            Seed = fields.Whole("seed", 0, long.MaxValue),
            Steps = (int?)fields.Whole("steps", 1, (long)MaxSteps),
            Guidance = fields.Real("guidance", 0, MaxGuidance),
        };
        return fields.Error is { } error ? (null, error) : (request, null);
    }

    /// <summary>The command for the job. <paramref name="project"/> is the one that the caller's key is bound to; <paramref name="randomSeed"/> serves when the caller gave no seed.</summary>
    public SubmitJob ToJob(Principal principal, ProjectId project, string requestDigest, long randomSeed) => new(
        principal, project, principal.User, Session, requestDigest, Dialect, Prompt, NegativePrompt, Model, Images, Width, Height,
        Seed, Steps, Guidance, Format, Compression, Speed.Fast, PartialImages, Metadata: null, randomSeed, EndUser);

    private static int? SideOf(string? quality) => quality switch { "low" => 256, "medium" => 512, "high" or "hd" => 1024, _ => null };
}
