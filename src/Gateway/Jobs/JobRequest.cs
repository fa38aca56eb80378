using System.ComponentModel;

namespace Vitrine.Gateway;

/// <summary>The body of <c>POST /v1/jobs</c> as the OpenAPI document shows it; <see cref="JobFields"/> reads it.</summary>
internal sealed record JobRequest
{
    [Description("What to show, in plain words: 1 to 32000 characters.")] public required string Prompt { get; init; }
    [Description("What not to show.")] public string? NegativePrompt { get; init; }
    [Description("Name of a model; absent for the default.")] public string? Model { get; init; }
    [Description("Pictures, 1 to 10; default 1.")] public int? N { get; init; }
    [Description(PictureSize.Rule + " Absent for the model's own size.")] public string? Size { get; init; }
    [Description("0 to 2^63-1; picture i uses seed + i. Absent for a random one.")] public long? Seed { get; init; }
    [Description("Denoising steps, 1 to 50; the model may allow fewer.")] public int? Steps { get; init; }
    [Description("Guidance scale, 0 to 30.")] public float? Guidance { get; init; }
    [Description("png, jpeg or webp; default png.")] public string? Format { get; init; }
    [Description("0 to 100 for jpeg and webp; default 90.")] public int? Quality { get; init; }
    [Description("The project that pays; absent for the project of the API key.")] public string? Project { get; init; }
    [Description("A name for the creative thread that the job belongs to.")] public string? Session { get; init; }
    [Description("fast, relax or turbo; default fast.")] public string? Speed { get; init; }
    [Description("Partial pictures wanted per picture, 0 to 3; default 0.")] public int? Previews { get; init; }
    [Description("At most 16 texts of at most 512 characters, with names of at most 64.")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
