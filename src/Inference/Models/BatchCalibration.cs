using System.Collections.Concurrent;

namespace Vitrine.Inference;

/// <summary>
/// Finds the batch of a model on a device by measuring: the smallest with at least <see cref="Share"/> of the most pictures a second. A larger one would only
/// make everybody wait longer for the same. Measured at the first load of a model's digest and remembered for as long as the engine lives.
/// </summary>
internal sealed class BatchCalibration(EngineOptions options, TimeProvider? clock = null)
{
    /// <summary>What the chosen batch must reach of the best.</summary>
    public const double Share = 0.98;

    /// <summary>The smallest batch: a picture with a negative prompt takes two rows.</summary>
    public const int Smallest = 2;

    /// <summary>Sizes up to this are tried also where <see cref="EngineOptions.CalibrationTime"/> is over, or a slow model would be judged by one size; but none after a run that took longer than this.</summary>
    public const int AlwaysTried = 4;

    /// <inheritdoc cref="AlwaysTried"/>
    public static readonly TimeSpan LongestTrial = TimeSpan.FromSeconds(2);

    private const int Repetitions = 3;
    private readonly TimeProvider time = clock ?? TimeProvider.System;
    private readonly ConcurrentDictionary<string, int> known = new(StringComparer.Ordinal);

    public int For(ModelCard card, BoundGraph transformer) => known.GetOrAdd(card.Digest, _ => Choose(Measure(transformer)));

    /// <summary>The smallest batch of which <see cref="Share"/> of the best pictures a second come.</summary>
    /// <param name="runs">Batches, ascending, and how long one run of each takes.</param>
    public static int Choose(IReadOnlyList<(int Batch, TimeSpan Run)> runs)
    {
        var best = runs.Max(run => run.Batch / run.Run.TotalSeconds);
        return Math.Max(Smallest, runs.First(run => run.Batch / run.Run.TotalSeconds >= Share * best).Batch);
    }

    /// <summary>The best of a few runs of each size: whatever else the machine does can only make a run longer. What the time does not allow to be tried is not used.</summary>
    /// <param name="run">Runs a batch of so many rows.</param>
    public IReadOnlyList<(int Batch, TimeSpan Run)> Measure(Action<int> run)
    {
        var runs = new List<(int Batch, TimeSpan Run)>();
        var started = time.GetTimestamp();
        foreach (var batch in Sizes(options.MaxBatch))
        {
            var best = TimeSpan.MaxValue;
            for (var i = 0; i <= Repetitions; i++)
            {
                var start = time.GetTimestamp();
                run(batch);
                var took = time.GetElapsedTime(start);
                // The first run of a size makes its buffers; where it takes long, it must do.
                if (i > 0 && took < best || i == 0 && 4 * took > options.CalibrationTime)
                    best = took;
                if (best < TimeSpan.MaxValue && time.GetElapsedTime(started) > options.CalibrationTime)
                    break;
            }
            runs.Add((batch, best));
            if (time.GetElapsedTime(started) > options.CalibrationTime && (batch >= AlwaysTried || best > LongestTrial))
                break;
        }
        return runs;
    }

    private IReadOnlyList<(int Batch, TimeSpan Run)> Measure(BoundGraph transformer)
    {
        var padded = transformer.PaddedRows;
        transformer.PaddedRows = 0;
        // A model that never returns must not hang its load: it fails to load, as it would fail to render.
        using var limit = new Timer(_ => transformer.Terminate(true), null, options.CallLimit, Timeout.InfiniteTimeSpan);
        try
        {
            return Measure(transformer.Run);
        }
        finally
        {
            limit.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            transformer.Terminate(false);
            transformer.PaddedRows = padded;
        }
    }

    // 1, 2, 4 and so on, and the largest at last.
    private static IEnumerable<int> Sizes(int largest)
    {
        for (var batch = 1; batch < largest; batch *= 2)
            yield return batch;
        yield return largest;
    }
}
