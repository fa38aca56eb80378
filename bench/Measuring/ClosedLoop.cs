using System.Diagnostics;

namespace Vitrine.Bench;

/// <summary>What a slice of a closed loop gave.</summary>
/// <param name="Milliseconds">One time for each act, in no order.</param>
internal sealed record Slice(TimeSpan Elapsed, IReadOnlyList<double> Milliseconds)
{
    public double PerSecond => Milliseconds.Count / Elapsed.TotalSeconds;
    public double P50 => Summary.Quantile(Milliseconds, 0.5);
}

/// <summary>Workers that each do one act after the other. The slice ends when the last act that began in time has ended.</summary>
internal static class ClosedLoop
{
    public static Task<Slice> For(TimeSpan slice, int workers, Func<int, Task> act, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        return Run(workers, () => clock.Elapsed < slice, act, ct);
    }

    public static Task<Slice> Times(int acts, int workers, Func<int, Task> act, CancellationToken ct)
    {
        var left = acts;
        return Run(workers, () => Interlocked.Decrement(ref left) >= 0, act, ct);
    }

    private static async Task<Slice> Run(int workers, Func<bool> goesOn, Func<int, Task> act, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        // A thread each at first, since an act may be pure computation.
        var times = await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Factory.StartNew(() => Work(worker, goesOn, act, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        return new(clock.Elapsed, [.. times.SelectMany(each => each)]);
    }

    private static async Task<List<double>> Work(int worker, Func<bool> goesOn, Func<int, Task> act, CancellationToken ct)
    {
        var times = new List<double>();
        while (goesOn())
        {
            ct.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            await act(worker);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return times;
    }
}
