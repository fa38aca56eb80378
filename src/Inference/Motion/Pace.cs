namespace Vitrine.Inference;

/// <summary>
/// When to be where on a way between two prompts or seeds. What a model shows does not change evenly with its text: nothing happens for long, then a ground turns
/// from yellow to green within a few hundredths of the way. So a way is measured by how far the latents go, and walked evenly by that measure.
/// </summary>
internal static class Pace
{
    /// <summary>The least length of an interval, in mean intervals: where nothing changes the clip goes on all the same.</summary>
    private const double Least = 0.05;

    /// <summary>How far along the way every keyframe stands, from 0 for the first to 1 for the last, or for the first again where the way is closed.</summary>
    public static double[] Along(IReadOnlyList<Latent> keyframes, bool closed)
    {
        var lengths = new double[closed ? keyframes.Count : keyframes.Count - 1];
        for (var i = 0; i < lengths.Length; i++)
            lengths[i] = Distance(keyframes[i], keyframes[(i + 1) % keyframes.Count]);
        var least = lengths.Sum() == 0 ? 1 : Least * lengths.Average();
        var along = new double[lengths.Length + 1];
        for (var i = 0; i < lengths.Length; i++)
            along[i + 1] = along[i] + Math.Max(lengths[i], least);
        return Array.ConvertAll(along, length => length / along[^1]);
    }

    /// <summary>The place, in intervals between keyframes, where a share of the way is behind.</summary>
    public static double PlaceOf(double[] along, double share)
    {
        var before = Array.FindLastIndex(along, along.Length - 2, length => length <= share);
        return before < 0 ? 0 : Math.Min(before + (share - along[before]) / (along[before + 1] - along[before]), along.Length - 1);
    }

    private static double Distance(Latent a, Latent b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Numbers.Length; i++)
            sum += Math.Pow(a.Numbers[i] - b.Numbers[i], 2);
        return Math.Sqrt(sum);
    }
}
