namespace Vitrine.Bench;

/// <summary>Many paired values in five numbers: the median, the tenth and ninetieth percentile, and a 95 % interval of the median.</summary>
internal sealed record Summary(double Median, double P10, double P90, double Low, double High, int Pairs)
{
    private const int Resamples = 2000;
    private const int Seed = 20_260_101; // The same values give the same interval.

    /// <summary>The interval is the percentile bootstrap (Efron 1979): medians of samples drawn with replacement.</summary>
    public static Summary Of(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        var random = new Random(Seed);
        var medians = new double[Resamples];
        var sample = new double[sorted.Length];
        for (var i = 0; i < Resamples; i++)
        {
            for (var j = 0; j < sample.Length; j++)
                sample[j] = sorted[random.Next(sorted.Length)];
            Array.Sort(sample);
            medians[i] = At(sample, 0.5);
        }
        Array.Sort(medians);
        return new(At(sorted, 0.5), At(sorted, 0.1), At(sorted, 0.9), At(medians, 0.025), At(medians, 0.975), sorted.Length);
    }

    /// <summary>A quantile, between two neighbours by their distance.</summary>
    public static double Quantile(IEnumerable<double> values, double q) => At(values.Order().ToArray(), q);

    private static double At(double[] sorted, double q)
    {
        var place = q * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
