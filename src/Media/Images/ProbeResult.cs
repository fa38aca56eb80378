namespace Vitrine.Media;

/// <summary>What a look at the bytes of a picture or clip found: an <see cref="ImageInfo"/>, a <see cref="VideoInfo"/> or a <see cref="ProbeRefusal"/>.</summary>
public abstract record ProbeResult;

/// <summary>
/// A picture that is worth decoding. <paramref name="Width"/> and <paramref name="Height"/> are stored pixels, before any
/// EXIF orientation; <paramref name="EncodedLength"/> is the number of bytes that belong to the picture.
/// </summary>
public sealed record ImageInfo(ImageFormat Format, int Width, int Height, bool HasAlpha, int EncodedLength) : ProbeResult;

/// <summary>A picture that is not taken, and a sentence that says what would be.</summary>
public sealed record ProbeRefusal(ProbeProblem Problem, string Sentence) : ProbeResult
{
    internal static ProbeRefusal Unsupported { get; } = new(ProbeProblem.UnsupportedFormat,
        "The bytes are no PNG, JPEG or WebP; send one of these.");

    internal static ProbeRefusal Damaged(string format) => new(ProbeProblem.Damaged,
        $"The {format} is cut off or damaged; save it again and send the whole file.");

    internal static ProbeRefusal Uncommon(string what) => new(ProbeProblem.UncommonEncoding,
        $"The picture uses {what}, which is not read; save it as a plain 8-bit RGB picture.");

    internal static ProbeRefusal Animated { get; } = new(ProbeProblem.Animated,
        "The picture is animated; send a single frame.");

    internal static ProbeRefusal Appended(string format) => new(ProbeProblem.AppendedBytes,
        $"Other bytes follow the end of the {format}; save it again without them.");

    internal static ProbeRefusal TooLarge { get; } = new(ProbeProblem.TooLarge,
        $"The picture is too large; a side has 1 to {ImageLimits.LongestSide} pixels and a file at most {ImageLimits.MostBytes / (1024 * 1024)} MB.");

    internal static ProbeRefusal UnsupportedVideo { get; } = new(ProbeProblem.UnsupportedFormat,
        "The bytes are no MP4 with one track of H.264; send one of these.");

    internal static ProbeRefusal VideoTooLarge { get; } = new(ProbeProblem.TooLarge,
        $"The clip is too large; a side has 1 to {VideoLimits.LongestSide} pixels, a clip at most {VideoLimits.MostFrames} frames and a file at most {VideoLimits.MostBytes / (1024 * 1024)} MB.");
}

public enum ProbeProblem
{
    UnsupportedFormat,
    Damaged,
    UncommonEncoding,
    Animated,
    AppendedBytes,
    TooLarge,
}
