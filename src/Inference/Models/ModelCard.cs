namespace Vitrine.Inference;

/// <summary>What a model does.</summary>
public enum ModelKind
{
    /// <summary>Text in, a square picture of <see cref="ModelCard.NativeSize"/> out.</summary>
    TextToImage,

    /// <summary>A picture in, the same picture <see cref="ModelCard.Factor"/> times as large out.</summary>
    Upscaler,

    /// <summary>A picture in, a probability for each of <see cref="ModelCard.Labels"/> out.</summary>
    ImageClassifier,
}

/// <summary>Which pieces a prompt is cut into before byte-pair merging.</summary>
public enum PromptPieces
{
    /// <summary>The pattern of OpenAI's CLIP: contractions, runs of letters, single digits, runs of anything else; UTF-8 bytes as symbols.</summary>
    Clip,

    /// <summary>The pattern <c>'s|[a-z]+|[0-9]|[^\sa-z0-9]+</c>; a piece with a character outside ASCII has no tokens.</summary>
    Ascii,
}

/// <summary>How many denoising steps a model takes: what it does unasked and what may be asked.</summary>
public sealed record StepRange(int Default, int Min, int Max);

/// <summary>Guidance scales: what a model uses unasked and what may be asked.</summary>
public sealed record GuidanceRange(float Default, float Min, float Max);

/// <summary>Sides of a picture in pixels: multiples of <paramref name="Multiple"/> from <paramref name="Min"/> to <paramref name="Max"/>.</summary>
public sealed record SideRange(int Min, int Max, int Multiple)
{
    /// <summary>Whether a side is one of these.</summary>
    public bool Has(int side) => side >= Min && side <= Max && side % Multiple == 0;

    /// <summary>The smallest of these that is no smaller than a side; <see cref="Max"/> where all are.</summary>
    public int AtLeast(int side) => Math.Clamp((side + Multiple - 1) / Multiple * Multiple, Min, Max);

    /// <summary>In words, to be put into a sentence.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"multiples of {Multiple} from {Min} to {Max}");
}

/// <summary>One model of the catalogue, immutable and validated.</summary>
public sealed record ModelCard
{
    /// <summary>The smallest side of a picture, in pixels, whatever the model; see <see cref="Sizes"/>.</summary>
    public const int SmallestSide = 8;

    /// <summary>The largest side of a picture, in pixels, whatever the model; bounds the memory of one picture to 12 MiB of floats a copy.</summary>
    public const int LargestSide = 1024;

    /// <summary>Sides are multiples of this many pixels, whatever the model.</summary>
    public const int SideMultiple = 8;

    /// <summary>The longest prompt taken, in UTF-16 units; far beyond what any tokenizer keeps, and a bound on the work of tokenizing.</summary>
    public const int LongestPrompt = 32_000;

    /// <summary>The name that requests use, lower case.</summary>
    public required string Name { get; init; }

    /// <summary>The version of the weights.</summary>
    public required string Version { get; init; }

    /// <summary>The day on which this version was offered first, or null.</summary>
    public DateOnly? Released { get; init; }

    /// <summary>What the model does.</summary>
    public required ModelKind Kind { get; init; }

    /// <summary>The family of pipelines that runs it: <c>rectified-flow</c>, <c>esrgan</c> or <c>nsfw</c>.</summary>
    public required string Family { get; init; }

    /// <summary>The absolute path of the folder with the files.</summary>
    public required string Folder { get; init; }

    /// <summary><c>sha256:</c> and 64 hexadecimal digits over the files, see <see cref="ModelDigest"/>.</summary>
    public required string Digest { get; init; }

    /// <summary>The licence of the weights, an SPDX expression.</summary>
    public required string Licence { get; init; }

    /// <summary>The share of the device's memory that the model takes while it is resident, in bytes (measured, rounded up).</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>The kinds of device that can run it, best first.</summary>
    public required IReadOnlyList<DeviceKind> Devices { get; init; }

    /// <summary>Further names that requests may use.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What one evaluation costs, relative to the default model; 0 where the work is part of a picture's price.</summary>
    public decimal PriceFactor { get; init; } = 1;

    /// <summary>The side of the picture that the model itself makes, or that a classifier looks at, in pixels; 0 for upscalers.</summary>
    public int NativeSize { get; init; }

    /// <summary>The sides that a picture may be asked with, or that an upscaler takes; a classifier takes any.</summary>
    public SideRange Sizes { get; init; } = new(SmallestSide, LargestSide, SideMultiple);

    /// <summary>How many times an upscaler enlarges each side; 0 for other kinds.</summary>
    public int Factor { get; init; }

    /// <summary>What a classifier tells apart, in the order of its output; empty for other kinds.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The length of the token sequence, start and end token included; longer prompts are cut.</summary>
    public int MaxPromptTokens { get; init; }

    /// <summary>How a prompt is cut into pieces.</summary>
    public PromptPieces Pieces { get; init; }

    /// <summary>Steps without a negative prompt: one evaluation each.</summary>
    public StepRange Steps { get; init; } = new(1, 1, 1);

    /// <summary>Steps with a negative prompt: two evaluations each; null where the model takes no negative prompt.</summary>
    public StepRange? NegativePromptSteps { get; init; }

    /// <summary>The guidance scale.</summary>
    public GuidanceRange Guidance { get; init; } = new(1, 1, 1);

    /// <summary>Whether a picture may be begun at another one: the folder has a <c>vae_encoder</c>.</summary>
    public bool TakesPictures { get; init; }

    /// <summary>The upscalers that may enlarge the native picture, names in this catalogue.</summary>
    public IReadOnlyList<string> Upscalers { get; init; } = [];

    /// <summary>Whether <see cref="ImageRequest.NegativePrompt"/> may be given.</summary>
    public bool SupportsNegativePrompt => NegativePromptSteps is not null;

    /// <summary>The steps that hold for a request with or without a negative prompt.</summary>
    public StepRange StepsFor(bool negativePrompt) => negativePrompt && NegativePromptSteps is { } range ? range : Steps;

    /// <summary>How often the transformer runs for a picture: the measure of its cost.</summary>
    public static int Evaluations(int steps, bool negativePrompt) => negativePrompt ? 2 * steps : steps;

    /// <summary>Why this model cannot fulfil a request, as a sentence that says what would work; null when it can.</summary>
    public string? Refuse(ImageRequest request)
    {
        var negative = request.NegativePrompt.Length > 0;
        var steps = StepsFor(negative);
        if (Kind != ModelKind.TextToImage)
            return $"'{Name}' takes no prompts; choose a text-to-image model.";
        if (request.Prompt.Length > LongestPrompt || request.NegativePrompt.Length > LongestPrompt)
            return $"A prompt may have at most {LongestPrompt} characters.";
        if (negative && !SupportsNegativePrompt)
            return $"'{Name}' takes no negative prompt; leave it empty.";
        if (request.Steps < steps.Min || request.Steps > steps.Max)
            return $"'{Name}' takes {steps.Min} to {steps.Max} steps{(negative ? " with a negative prompt" : "")}, not {request.Steps}; {steps.Default} is its default.";
        if (!(request.Guidance >= Guidance.Min && request.Guidance <= Guidance.Max))
            return FormattableString.Invariant($"'{Name}' takes a guidance of {Guidance.Min} to {Guidance.Max}, not {request.Guidance}; {Guidance.Default} is its default.");
        if (!Sizes.Has(request.Width) || !Sizes.Has(request.Height))
            return $"Width and height are {Sizes}, not {request.Width}x{request.Height}.";
        if (request.Seed > long.MaxValue)
            return $"A seed is at most {long.MaxValue}.";
        return request.Previews < 0 || request.Previews >= request.Steps
            ? $"{request.Steps} steps have 0 to {request.Steps - 1} previews, not {request.Previews}."
            : RefuseText(request) ?? RefuseStart(request.Start);
    }

    private static string? RefuseText(ImageRequest request)
    {
        if (request.Noise is { IsStandard: false })
            return $"Noise has 1 to {NoiseMix.MostParts} different parts whose squared weights add up to 1.";
        if (request.Blend is not { } blend)
            return null;
        if (request.NegativePrompt.Length > 0)
            return "A second prompt is not taken together with a negative prompt; leave one of them out.";
        if (blend.Prompt.Length > LongestPrompt)
            return $"A prompt may have at most {LongestPrompt} characters.";
        return blend.Amount is >= 0 and <= 1 ? null : FormattableString.Invariant($"The second prompt is blended in by 0 to 1, not {blend.Amount}.");
    }

    private string? RefuseStart(ImageStart? start)
    {
        if (start is null)
            return null;
        if (!(start.Strength is >= 0 and <= 1))
            return FormattableString.Invariant($"A strength is 0 to 1, not {start.Strength}.");
        if (start is ImageStart.FromLatent given)
            return given.Latent.ModelDigest == Digest ? null : $"The latent was made by another model than '{Name}' is now; render it again.";
        var (picture, _, mask) = (ImageStart.FromPicture)start;
        if (!TakesPictures)
            return $"'{Name}' has no encoder and cannot begin at a picture; describe it in the prompt.";
        if (picture.Width > ImageStart.LongestSide || picture.Height > ImageStart.LongestSide)
            return $"A picture to begin at has at most {ImageStart.LongestSide} pixels a side, not {picture.Width}x{picture.Height}.";
        return mask is null || (mask.Width, mask.Height) == (picture.Width, picture.Height)
            ? null : $"The mask is as large as its picture, {picture.Width}x{picture.Height}, not {mask.Width}x{mask.Height}.";
    }
}
