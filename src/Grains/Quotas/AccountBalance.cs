using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Quotas;

/// <summary>What a job weighs in an account.</summary>
public readonly record struct Reservation(Credits Cost, int Images, bool Begun);

/// <summary>What the store says of an account at one moment: the fold of its jobs.</summary>
/// <param name="Settled">Spent in <paramref name="Period"/>.</param>
/// <param name="Open">Accepted jobs without a terminal event. Those of an earlier month count against the month they were accepted in.</param>
public sealed record AccountFold(string Period, Credits Settled, IReadOnlyDictionary<string, (Reservation Reservation, string Period)> Open, IReadOnlyList<(DateTimeOffset At, int Images)> Recent);

/// <summary>
/// The balance of one account in memory: settled + open + held never exceeds the limit. Values in, values out; the grain around it decides
/// when to fold again. The invariant (I2): for every period, reserved = settled + released + open.
/// </summary>
public sealed class AccountBalance(AccountFold fold, long epoch)
{
    /// <summary>The window of the images-per-minute limit.</summary>
    public static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(60);

    /// <summary>When a caller may ask again after the queue was full: about the time that a few pictures take.</summary>
    public static readonly TimeSpan QueueRetry = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Reservation> _open = fold.Open.Where(each => each.Value.Period == fold.Period).ToDictionary(each => each.Key, each => each.Value.Reservation);
    private readonly Dictionary<string, Reservation> _earlier = fold.Open.Where(each => each.Value.Period != fold.Period).ToDictionary(each => each.Key, each => each.Value.Reservation);
    private readonly Dictionary<string, (Reservation Reservation, DateTimeOffset At)> _held = [];
    private readonly Queue<(DateTimeOffset At, int Images)> _recent = new(fold.Recent);

    public long Epoch { get; } = epoch;
    public string Period { get; } = fold.Period;
    public Credits Settled { get; private set; } = fold.Settled;
    public Credits Open => Sum(_open.Values);
    public Credits Held => Sum(_held.Values.Select(each => each.Reservation));
    public int Queued => _open.Values.Concat(_earlier.Values).Count(each => !each.Begun) + _held.Count;
    public int Running => _open.Values.Concat(_earlier.Values).Count(each => each.Begun);

    /// <summary>Age of the oldest hold that nobody has confirmed or dropped; its holder may have died.</summary>
    public TimeSpan OldestHold(DateTimeOffset now) => _held.Count == 0 ? TimeSpan.Zero : now - _held.Values.Min(each => each.At);

    public HoldOutcome Hold(HoldCredits command, Limits limits, DateTimeOffset now)
    {
        LeaveWindow(now);
        if (_held.ContainsKey(command.Job) || _open.ContainsKey(command.Job)) return Granted(limits, now);

        if (limits.CreditsPerMonth is { } budget)
        {
            if (Settled + Open + command.Cost > budget)
                return Refuse(limits, now, new Refusal(Refused.QuotaSpent,
                    $"This needs {command.Cost} credits; {Credits.Subtract(budget, Settled + Open > budget ? budget : Settled + Open)} of {budget} are left for {Period}. Ask for less, or have the budget raised."));
            if (Settled + Open + Held + command.Cost > budget) return new HoldOutcome(Epoch, limits, Headroom(limits, now), null, Contended: true, Period);
        }
        if (limits.Queued is { } most && Queued >= most)
            return Refuse(limits, now, new Refusal(Refused.QueueFull, $"{most} jobs wait already, which is the limit. Ask again when one has begun.", RetryAfter: QueueRetry));
        if (limits.ImagesPerMinute is { } rate)
        {
            if (command.Images > rate)
                return Refuse(limits, now, new Refusal(Refused.InvalidValue, $"At most {rate} images a minute are allowed here, so one request may not ask for {command.Images}.", "n"));
            if (InWindow() + command.Images > rate)
                return Refuse(limits, now, new Refusal(Refused.RateExceeded, $"The limit is {rate} images a minute.", RetryAfter: UntilRoomFor(command.Images, rate, now)));
        }

        _held[command.Job] = (new Reservation(command.Cost, command.Images, Begun: false), now);
        _recent.Enqueue((now, command.Images));
        return Granted(limits, now);
    }

    public void Confirm(string job)
    {
        if (_held.Remove(job, out var hold)) _open[job] = hold.Reservation;
    }

    /// <summary>The job was not accepted: its credits, its place in the queue and its images of this minute are free again.</summary>
    public void Drop(string job)
    {
        if (!_held.Remove(job, out var hold)) return;
        var kept = _recent.ToList();
        kept.Remove((hold.At, hold.Reservation.Images));
        _recent.Clear();
        foreach (var each in kept) _recent.Enqueue(each);
    }

    public void Begin(string job)
    {
        Confirm(job);
        if (_open.TryGetValue(job, out var open)) _open[job] = open with { Begun = true };
        else if (_earlier.TryGetValue(job, out var earlier)) _earlier[job] = earlier with { Begun = true };
    }

    /// <summary>A job that is not open here was folded in as settled already, or belongs to another month.</summary>
    public void Settle(string job, Credits settled)
    {
        Confirm(job);
        _earlier.Remove(job);
        if (_open.Remove(job)) Settled += settled;
    }

    /// <summary>Room under the images-per-minute limit; null where there is none.</summary>
    public RateHeadroom? Rate(Limits limits, DateTimeOffset now)
    {
        LeaveWindow(now);
        return Headroom(limits, now);
    }

    private HoldOutcome Granted(Limits limits, DateTimeOffset now) => new(Epoch, limits, Headroom(limits, now), null, Contended: false, Period);
    private HoldOutcome Refuse(Limits limits, DateTimeOffset now, Refusal refusal) => new(Epoch, limits, Headroom(limits, now), refusal, Contended: false, Period);

    private RateHeadroom? Headroom(Limits limits, DateTimeOffset now) => limits.ImagesPerMinute is { } rate
        ? new RateHeadroom(rate, Math.Max(0, rate - InWindow()), _recent.TryPeek(out var oldest) ? oldest.At + RateWindow - now : TimeSpan.Zero)
        : null;

    private void LeaveWindow(DateTimeOffset now)
    {
        while (_recent.TryPeek(out var oldest) && now - oldest.At >= RateWindow) _recent.Dequeue();
    }

    private int InWindow() => _recent.Sum(each => each.Images);

    private TimeSpan UntilRoomFor(int images, int rate, DateTimeOffset now)
    {
        var over = InWindow() + images - rate;
        foreach (var each in _recent)
            if ((over -= each.Images) <= 0) return each.At + RateWindow - now;
        return RateWindow;
    }

    private static Credits Sum(IEnumerable<Reservation> reservations) => reservations.Aggregate(Credits.Zero, (sum, each) => sum + each.Cost);
}
