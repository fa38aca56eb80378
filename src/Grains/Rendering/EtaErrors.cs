using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>Tenth, middle and ninth tenth of how long jobs took, over how long they were expected to take.</summary>
public readonly record struct EtaQuantiles(double Low, double Median, double High);

/// <summary>Remembers what was expected of jobs and what came of it, so that the next announcement can be corrected and say how sure it is.</summary>
internal sealed class EtaErrors
{
    /// <summary>Jobs that say how good announcements are: the latest so many.</summary>
    public const int Kept = 200;

    /// <summary>Fewer than these say nothing.</summary>
    public const int Fewest = 10;

    /// <summary>Announcements that wait for their jobs' ends; further jobs are not followed.</summary>
    public const int MostOpen = 10_000;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private readonly Dictionary<JobKey, (DateTimeOffset At, TimeSpan Expected)> _open = [];
    private readonly Queue<double> _quotients = new();

    public EtaQuantiles? Quantiles { get; private set; }

    public void Predicted(JobKey job, TimeSpan expected, DateTimeOffset now)
    {
        if (_open.Count < MostOpen) _open.TryAdd(job, (now, expected));
    }

    public void Forget(JobKey job) => _open.Remove(job);

    public void Done(JobKey job, DateTimeOffset now)
    {
        if (!_open.Remove(job, out var prediction)) return;
        // What is over in no time is known exactly enough.
        var (actual, expected) = (Longer(now - prediction.At), Longer(prediction.Expected));
        _quotients.Enqueue(actual / expected);
        if (_quotients.Count > Kept) _quotients.Dequeue();
        RenderTelemetry.EtaError(actual / expected);
        if (_quotients.Count < Fewest) return;
        var sorted = _quotients.Order().ToArray();
        double At(double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
        Quantiles = new(At(0.1), At(0.5), At(0.9));
    }

    private static TimeSpan Longer(TimeSpan time) => time > Shortest ? time : Shortest;
}
