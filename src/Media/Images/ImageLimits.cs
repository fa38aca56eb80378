namespace Vitrine.Media;

/// <summary>What the platform is willing to hold in memory: 16.8 million pixels are 67 MB as RGBA.</summary>
public static class ImageLimits
{
    /// <summary>The longest side in pixels.</summary>
    public const int LongestSide = 4096;

    /// <summary>The most pixels in one picture, 4096 × 4096.</summary>
    public const int MostPixels = LongestSide * LongestSide;

    /// <summary>The most bytes of an encoded picture that are looked at.</summary>
    public const int MostBytes = 50 * 1024 * 1024;

    /// <summary>The most scans in a progressive JPEG. Encoders write about ten; each costs a pass over all coefficients.</summary>
    public const int MostScans = 64;
}
