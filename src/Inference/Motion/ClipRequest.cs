namespace Vitrine.Inference;

/// <summary>What moves in a clip.</summary>
public enum ClipMotion
{
    /// <summary>The camera stands still; only what is shown changes, where two prompts or seeds are given.</summary>
    Hold,

    /// <summary>The camera comes nearer.</summary>
    ZoomIn,

    /// <summary>The camera draws back, to the whole picture.</summary>
    ZoomOut,

    /// <summary>The camera moves to the left, what it sees to the right.</summary>
    PanLeft,

    /// <summary>The camera moves to the right, what it sees to the left.</summary>
    PanRight,

    /// <summary>The camera moves up.</summary>
    PanUp,

    /// <summary>The camera moves down.</summary>
    PanDown,

    /// <summary>The camera stands still and the picture stirs: it goes once round a circle and ends where it began, so that the clip can be repeated.</summary>
    Loop,
}

/// <summary>The shape of a clip.</summary>
public enum ClipAspect
{
    /// <summary>1:1.</summary>
    Square,

    /// <summary>16:9.</summary>
    Wide,

    /// <summary>9:16.</summary>
    Tall,
}

/// <summary>
/// A short clip. There is no temporal model behind it: frames are made by the image model from noise and text that change a little at a time, and the
/// camera moves over what it made. The same request to the same model digest gives the same frames.
/// </summary>
/// <param name="Model">A name or alias in the catalogue.</param>
/// <param name="Prompt">What to show.</param>
/// <param name="Seed">0 to 2^63-1.</param>
/// <param name="Steps">Denoising steps of a keyframe, see <see cref="ModelCard.Steps"/>.</param>
/// <param name="Guidance">Guidance scale, see <see cref="ModelCard.Guidance"/>.</param>
/// <param name="Motion">What moves.</param>
/// <param name="Seconds">2 to 10.</param>
/// <param name="Aspect">The shape of a frame.</param>
/// <param name="ShorterSide">Pixels of a frame's shorter side, a multiple of 8 from 64 to 720. The other follows, to the nearest multiple of 8.</param>
public sealed record ClipRequest(
    string Model, string Prompt, ulong Seed, int Steps, float Guidance, ClipMotion Motion, int Seconds, ClipAspect Aspect, int ShorterSide)
{
    /// <summary>Frames a second.</summary>
    public const int FrameRate = 24;

    /// <summary>The shortest clip, in seconds.</summary>
    public const int Shortest = 2;

    /// <summary>The longest clip, in seconds: 240 frames, each of which costs a decoding and an enlargement where the picture changes.</summary>
    public const int Longest = 10;

    /// <summary>The largest shorter side, in pixels; bounds a frame to 1280x720.</summary>
    public const int LargestShorterSide = 720;

    /// <summary>The smallest shorter side, in pixels.</summary>
    public const int SmallestShorterSide = 64;

    /// <summary>What the clip ends with; in a loop, what it shows half-way. Null for one prompt throughout.</summary>
    public string? SecondPrompt { get; init; }

    /// <summary>The seed that the clip ends with; in a loop, the one half-way. Null for one seed throughout.</summary>
    public ulong? SecondSeed { get; init; }

    /// <summary>A picture to bring to life: every keyframe begins at it. Its middle square is used. Null to begin at noise.</summary>
    public RgbImage? StartPicture { get; init; }

    /// <summary>How far keyframes may go from <see cref="StartPicture"/>, 0 to 1; see <see cref="ImageStart.Strength"/>.</summary>
    public float Strength { get; init; } = 0.5f;

    /// <summary>Frames of the clip.</summary>
    public int Frames => Seconds * FrameRate;

    /// <summary>Pixels of a frame from left to right.</summary>
    public int Width => Aspect == ClipAspect.Wide ? LongerSide : ShorterSide;

    /// <summary>Pixels of a frame from top to bottom.</summary>
    public int Height => Aspect == ClipAspect.Tall ? LongerSide : ShorterSide;

    /// <summary>Pictures that are denoised for the clip: its keyframes, twice where the clip leads from something to something else (see <see cref="Pace"/>).</summary>
    public int Denoised => ClipRenderer.KeyframesOf(this) * (ContentPath.Leads(this) ? 2 : 1);

    private int LongerSide => LongerOf(ShorterSide);

    /// <summary>The shape of a frame of so many pixels; null where none of a clip has them.</summary>
    public static (ClipAspect Aspect, int ShorterSide)? ShapeOf(int width, int height)
    {
        var (shorter, longer) = (Math.Min(width, height), Math.Max(width, height));
        return shorter is < SmallestShorterSide or > LargestShorterSide || shorter % ModelCard.SideMultiple != 0 ? null
            : width == height ? (ClipAspect.Square, shorter)
            : longer != LongerOf(shorter) ? null
            : (width > height ? ClipAspect.Wide : ClipAspect.Tall, shorter);
    }

    private static int LongerOf(int shorterSide) => (shorterSide * 16 / 9 + 4) / 8 * 8;

    /// <summary>Why this clip cannot be made by a model, as a sentence that says what would work; null when it can.</summary>
    public string? Refuse(ModelCard card)
    {
        if (!Enum.IsDefined(Motion) || !Enum.IsDefined(Aspect))
            return "The motion or the aspect of the clip is none that is known.";
        if (Seconds is < Shortest or > Longest)
            return $"A clip lasts {Shortest} to {Longest} seconds, not {Seconds}.";
        if (ShorterSide is < SmallestShorterSide or > LargestShorterSide || ShorterSide % ModelCard.SideMultiple != 0)
            return $"The shorter side of a clip is a multiple of {ModelCard.SideMultiple} from {SmallestShorterSide} to {LargestShorterSide}, not {ShorterSide}.";
        if (SecondSeed > long.MaxValue)
            return $"A seed is at most {long.MaxValue}.";
        return card.Refuse(ContentPath.KeyframeAt(this, SecondPrompt is null ? 0 : 0.5, card.Sizes.Min));
    }
}
