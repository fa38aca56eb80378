namespace Vitrine.Inference;

/// <summary>
/// When to be where on a way between two prompts or seeds. What a model shows does not change evenly with its text: nothing happens for long, then a ground turns
/// from yellow to green within a few hundredths of the way. So a way is measured by what happens on it, and walked evenly by that measure.
/// </summary>
internal static class Pace
{
    /// <summary>The least length of a piece, in mean pieces: where nothing changes the clip goes on all the same.</summary>
    private const double Least = 0.05;

    /// <summary>How far along the way the ends of its pieces stand, from 0 to 1, for pieces of these lengths.</summary>
    public static double[] Along(IReadOnlyList<double> lengths)
    {
        var least = lengths.Sum() == 0 ? 1 : Least * lengths.Average();
        var along = new double[lengths.Count + 1];
        for (var i = 0; i < lengths.Count; i++)
            along[i + 1] = along[i] + Math.Max(lengths[i], least);
        return Array.ConvertAll(along, length => length / along[^1]);
    }

    /// <summary>The place, in pieces, where a share of the way is behind.</summary>
    public static double PlaceOf(double[] along, double share)
    {
        var before = Array.FindLastIndex(along, along.Length - 2, length => length <= share);
        return before < 0 ? 0 : Math.Min(before + (share - along[before]) / (along[before + 1] - along[before]), along.Length - 1);
    }

    /// <summary>The distances of neighbours, and of the last from the first where the way is closed.</summary>
    public static double[] Lengths<T>(IReadOnlyList<T> points, bool closed, Func<T, T, double> distance) =>
        [.. Enumerable.Range(0, closed ? points.Count : points.Count - 1).Select(i => distance(points[i], points[(i + 1) % points.Count]))];

    /// <summary>Root of the summed squares.</summary>
    public static double Distance(Latent a, Latent b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Numbers.Length; i++)
            sum += Math.Pow(a.Numbers[i] - b.Numbers[i], 2);
        return Math.Sqrt(sum);
    }

    /// <summary>Mean absolute difference.</summary>
    public static double Distance(RgbImage a, RgbImage b)
    {
        var sum = 0L;
        for (var i = 0; i < a.Pixels.Length; i++)
            sum += Math.Abs(a.Pixels[i] - b.Pixels[i]);
        return (double)sum / a.Pixels.Length;
    }
}
