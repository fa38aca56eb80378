namespace Vitrine.Grains.Rendering;

/// <summary>
/// How many denoising steps lie between two checkpoints of a picture. What a checkpoint costs and what a crash costs without it are in balance at an interval of
/// √(2 · cost · mean time between failures) (Young, "A first order approximation to the optimum checkpoint interval", CACM 17(9), 1974); cost and step time are what was measured
/// lately. So a model of 15 ms a step is never checkpointed within a picture, and one of ten seconds a step after each.
/// </summary>
/// <param name="fixedSteps">As many, whatever they cost; null for the rule.</param>
public sealed class CheckpointInterval(int? fixedSteps)
{
    /// <summary>How often a silo is expected to die: once an hour, far more often than it does, so that the rule errs on the side of work that is not lost.</summary>
    public static readonly TimeSpan BetweenFailures = TimeSpan.FromHours(1);

    private const double Weight = 0.2; // Of the latest measurement in the running mean.
    private readonly Lock _gate = new();
    private TimeSpan _cost = TimeSpan.FromMilliseconds(2), _step;

    /// <summary>Steps between checkpoints; 0 for none, before any step was measured.</summary>
    public int Steps
    {
        get
        {
            lock (_gate)
                return fixedSteps ?? (_step > TimeSpan.Zero ? StepsOf(_cost, _step) : 0);
        }
    }

    /// <summary>The rule itself.</summary>
    /// <param name="cost">Of one checkpoint.</param>
    /// <param name="step">Device time of one step of one picture.</param>
    public static int StepsOf(TimeSpan cost, TimeSpan step) => (int)Math.Clamp(Math.Round(Math.Sqrt(2 * cost.TotalSeconds * BetweenFailures.TotalSeconds) / step.TotalSeconds), 1, 1_000_000);

    public void Wrote(TimeSpan took)
    {
        lock (_gate) _cost = Mean(_cost, took);
    }

    public void Stepped(TimeSpan device, int steps)
    {
        if (steps == 0) return;
        lock (_gate) _step = _step == TimeSpan.Zero ? device / steps : Mean(_step, device / steps);
    }

    private static TimeSpan Mean(TimeSpan mean, TimeSpan latest) => (1 - Weight) * mean + Weight * latest;
}
