using Vitrine.Grains.Interfaces;
using Vitrine.Provenance;

namespace Vitrine.Grains.Replays;

/// <summary>How far two pictures of one size are from each other.</summary>
public static class PixelComparison
{
    /// <param name="one">Rows of RGB, three bytes a pixel.</param>
    /// <param name="other">As many bytes.</param>
    public static PixelDifference Between(byte[] one, byte[] other, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Length, one.Length);
        var (squares, largest) = (0L, 0);
        for (var i = 0; i < one.Length; i++)
        {
            var difference = Math.Abs(one[i] - other[i]);
            squares += difference * difference;
            largest = Math.Max(largest, difference);
        }
        var (a, b) = (Pdq.Read(one, width, height), Pdq.Read(other, width, height));
        return new(
            Math.Min(a.Quality, b.Quality) >= PdqHash.LeastQuality ? a.Hash.DistanceTo(b.Hash) : null,
            // Two decimals: more would say nothing, and a stored number should read the same for ever.
            squares == 0 ? null : Math.Round(10 * Math.Log10(255.0 * 255.0 * one.Length / squares), 2),
            largest);
    }
}
