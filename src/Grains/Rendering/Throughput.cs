namespace Vitrine.Grains.Rendering;

/// <summary>How much work a pool gets done in a second while it has some: done work over busy time, both fading with a half-life, so that idle hours say nothing.</summary>
internal sealed class Throughput
{
    /// <summary>Half of what is known is no older than this.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(60);

    private double _work, _seconds;
    private DateTimeOffset _at;

    /// <summary>Zero before anything is known.</summary>
    public double WorkPerSecond => _seconds > 0.05 && _work > 0 ? _work / _seconds : 0;

    /// <param name="work">What was finished now.</param>
    /// <param name="busy">Whether the pool worked since the last word.</param>
    public void Tell(double work, bool busy, DateTimeOffset now)
    {
        var elapsed = _at == default ? 0 : Math.Max(0, (now - _at).TotalSeconds);
        _at = now;
        if (busy && elapsed > 0)
        {
            var fade = Math.Pow(0.5, elapsed / HalfLife.TotalSeconds);
            (_work, _seconds) = (_work * fade, _seconds * fade + elapsed);
        }
        _work += work;
    }
}
