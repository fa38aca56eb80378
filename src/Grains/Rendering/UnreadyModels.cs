using System.Collections.Concurrent;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// Models that a device could not make ready: it offers them no more for a while, each time for twice as long, so that their jobs wait for another device or for better days, and nobody's attempts are spent.
/// </summary>
public sealed class UnreadyModels(TimeProvider time)
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, TimeSpan Pause)> _models = new(StringComparer.Ordinal);

    public bool Offers(string model) => !_models.TryGetValue(model, out var unready) || time.GetUtcNow() >= unready.Until;

    /// <summary>Returns for how long.</summary>
    public TimeSpan Withdraw(string model) => _models.AddOrUpdate(model, Paused(First), (_, before) => Paused(before.Pause * 2 < Longest ? before.Pause * 2 : Longest)).Pause;

    public void Ready(string model) => _models.TryRemove(model, out _);

    private (DateTimeOffset, TimeSpan) Paused(TimeSpan pause) => (time.GetUtcNow() + pause, pause);
}
