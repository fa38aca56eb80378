namespace Vitrine.Grains.Tests;

/// <summary>The real clock, set ahead. Timers run in real time; only what reads the hour sees the shift.</summary>
public sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _ticks));
}
