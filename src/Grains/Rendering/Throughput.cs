namespace Vitrine.Grains.Rendering;

/// <summary>How much work a pool gets done in a second while it has some: done work over busy time, both fading with a half-life, so that idle hours say nothing.</summary>
internal sealed class Throughput
{
    /// <summary>Half of what is known is no older than this.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(60);

    private double _work, _seconds, _pictureSeconds;
    private DateTimeOffset _at;

    /// <summary>Zero before anything is known.</summary>
    public double WorkPerSecond => _seconds > 0.05 && _work > 0 ? _work / _seconds : 0;

    /// <summary>How much of it is done for each picture under way, on average: what an owner gets done who may not fill the pool. Zero before anything is known.</summary>
    public double WorkPerPictureSecond => _pictureSeconds > 0.05 && _work > 0 ? _work / _pictureSeconds : 0;

    /// <param name="work">What was finished now.</param>
    /// <param name="pictures">How many devices had in hand since the last word; none when the pool was idle.</param>
    public void Tell(double work, int pictures, DateTimeOffset now)
    {
        var elapsed = _at == default ? 0 : Math.Max(0, (now - _at).TotalSeconds);
        _at = now;
        if (pictures > 0 && elapsed > 0)
        {
            var fade = Math.Pow(0.5, elapsed / HalfLife.TotalSeconds);
            (_work, _seconds, _pictureSeconds) = (_work * fade, _seconds * fade + elapsed, _pictureSeconds * fade + elapsed * pictures);
        }
        _work += work;
    }
}
