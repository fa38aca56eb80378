using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>
/// Finds the batch of a model on a device by measuring: the smallest with at least <see cref="Share"/> of the most pictures a second. A larger one would only
/// make everybody wait longer for the same. Measured at the first load of a model's digest and remembered for as long as the engine lives.
/// </summary>
internal sealed class BatchCalibration(EngineOptions options)
{
    /// <summary>What the chosen batch must reach of the best.</summary>
    public const double Share = 0.98;

    /// <summary>The smallest batch: a picture with a negative prompt takes two rows.</summary>
    public const int Smallest = 2;

    private const int Repetitions = 3;
    private readonly ConcurrentDictionary<string, int> known = new(StringComparer.Ordinal);

    public int For(ModelCard card, BoundGraph transformer) => known.GetOrAdd(card.Digest, _ => Measure(transformer));

    /// <summary>The smallest batch of which <see cref="Share"/> of the best pictures a second come.</summary>
    /// <param name="runs">Batches, ascending, and how long one run of each takes.</param>
    public static int Choose(IReadOnlyList<(int Batch, TimeSpan Run)> runs)
    {
        var best = runs.Max(run => run.Batch / run.Run.TotalSeconds);
        return Math.Max(Smallest, runs.First(run => run.Batch / run.Run.TotalSeconds >= Share * best).Batch);
    }

    // The best of a few runs: whatever else the machine does can only make a run longer. What the time does not allow to be tried is not used.
    private int Measure(BoundGraph transformer)
    {
        var runs = new List<(int Batch, TimeSpan Run)>();
        var started = Stopwatch.GetTimestamp();
        var padded = transformer.PaddedRows;
        transformer.PaddedRows = 0;
        // A model that never returns must not hang its load: it fails to load, as it would fail to render.
        using var limit = new Timer(_ => transformer.Terminate(true), null, options.CallLimit, Timeout.InfiniteTimeSpan);
        try
        {
            foreach (var batch in Sizes(options.MaxBatch))
            {
                var best = TimeSpan.MaxValue;
                for (var i = 0; i <= Repetitions; i++)
                {
                    var start = Stopwatch.GetTimestamp();
                    transformer.Run(batch);
                    var took = Stopwatch.GetElapsedTime(start);
                    if (i > 0 && took < best)
                        best = took;
                    // The first run of a size makes its buffers; where it takes long, it must do.
                    if (i == 0 && 4 * took > options.CalibrationTime)
                        best = took;
                    if (best < TimeSpan.MaxValue && Stopwatch.GetElapsedTime(started) > options.CalibrationTime)
                        break;
                }
                runs.Add((batch, best));
                if (Stopwatch.GetElapsedTime(started) > options.CalibrationTime)
                    break;
            }
        }
        finally
        {
            limit.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            transformer.Terminate(false);
            transformer.PaddedRows = padded;
        }
        return Choose(runs);
    }

    // 1, 2, 4 and so on, and the largest at last.
    private static IEnumerable<int> Sizes(int largest)
    {
        for (var batch = 1; batch < largest; batch *= 2)
            yield return batch;
        yield return largest;
    }
}
