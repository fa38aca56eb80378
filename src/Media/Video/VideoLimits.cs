namespace Vitrine.Media;

/// <summary>What the platform is willing to encode and to look at. A clip of ten seconds at 1280×720 is a few megabytes.</summary>
public static class VideoLimits
{
    /// <summary>The longest side of a frame in pixels.</summary>
    public const int LongestSide = 1920;

    /// <summary>The most frames of a clip: half a minute at 60 a second.</summary>
    public const int MostFrames = 1800;

    /// <summary>The most frames a second.</summary>
    public const int FastestRate = 60;

    /// <summary>The most bytes of a file that are looked at.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    /// <summary>The most boxes of a file that are looked at; a clip of ours has about thirty.</summary>
    public const int MostBoxes = 1000;
}
