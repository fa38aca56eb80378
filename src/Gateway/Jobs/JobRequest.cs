using System.ComponentModel;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>The body of <c>POST /v1/jobs</c> as the OpenAPI document shows it; <see cref="JobFields"/> reads it.</summary>
internal sealed record JobRequest
{
    [Description("What to show, in plain words: 1 to 32000 characters.")] public required string Prompt { get; init; }
    [Description("What not to show.")] public string? NegativePrompt { get; init; }
    [Description("Name of a model; absent for the default.")] public string? Model { get; init; }
    [Description("Pictures, 1 to 10, or clips, 1 to 4; default 1.")] public int? N { get; init; }
    [Description(PictureSize.Rule + " Absent for the model's own size. " + PictureSize.ClipRule + " Absent for 480x480.")] public string? Size { get; init; }
    [Description("0 to 2^63-11; picture i uses seed + i. Absent for a random one.")] public long? Seed { get; init; }
    [Description("Denoising steps, 1 to 50; the model may allow fewer.")] public int? Steps { get; init; }
    [Description("Guidance scale, 0 to 30.")] public float? Guidance { get; init; }
    [Description("What makes the outputs clips instead of pictures: absent for pictures.")] public ClipBody? Clip { get; init; }
    [Description("png, jpeg or webp; default png. A clip is an mp4.")] public string? Format { get; init; }
    [Description("0 to 100 for jpeg and webp; default 90.")] public int? Quality { get; init; }
    [Description("The project that pays; absent for the project of the API key.")] public string? Project { get; init; }
    [Description("A name for the creative thread that the job belongs to.")] public string? Session { get; init; }
    [Description("fast, relax or turbo; default fast.")] public string? Speed { get; init; }
    [Description("Partial pictures wanted per picture, 0 to 3; default 0.")] public int? Previews { get; init; }
    [Description("Id of a picture to begin at: input_… of POST /v1/inputs, or asset_… of one that was made. The square in its middle is used.")] public string? Image { get; init; }
    [Description("Id of a picture as large as image: what is transparent in it is painted anew; in one without transparency, what is white.")] public string? Mask { get; init; }
    [Description("How far to go from image: above 0, to 1; default 0.75, with a mask 1. Only so many of the steps are run, and paid.")] public float? Strength { get; init; }
    [Description("Where the pictures will be shown: 1 to 64 ISO 3166 codes, such as DE or US-CA, or unions of the labelling policy, such as EU. Absent for everywhere: the strictest labels.")] public IReadOnlyList<string>? Markets { get; init; }
    [Description("Where they will be published, as the labelling policy names it, such as meta.")] public string? Channel { get; init; }
    [Description("False where you answer for it that nobody could take the pictures for a record of existing persons, objects, places or events; default true. Some laws ask for a visible label only where somebody could.")] public bool? MayPassAsReal { get; init; }
    [Description("At most 16 texts of at most 512 characters, with names of at most 64.")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>What moves in a clip, and for how long: 24 frames a second, H.264 in MP4 (docs/models/motion.md).</summary>
internal sealed record ClipBody
{
    [Description("2 to 10; default 4.")] public int? Seconds { get; init; }
    [Description("hold, zoom-in, zoom-out, pan-left, pan-right, pan-up, pan-down or loop; default zoom-in. With hold give an end_prompt or an end_seed, or nothing moves.")] public string? Motion { get; init; }
    [Description("What the clip ends with, in a loop what it shows half-way. Screened like the prompt.")] public string? EndPrompt { get; init; }
    [Description("The seed that the clip ends with, in a loop the one half-way; clip i ends with end_seed + i.")] public long? EndSeed { get; init; }

    public static ClipBody? Of(JobView job) => job.Clip is not { } clip ? null : new ClipBody { Seconds = clip.Seconds, Motion = Motions.Word(clip.Motion), EndPrompt = job.EndPrompt, EndSeed = clip.EndSeed };
}
