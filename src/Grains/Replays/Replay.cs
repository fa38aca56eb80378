using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Replays;

/// <summary>The fold of a replay's events. It reads nothing but the event and the state, and a repeated event changes nothing but the count.</summary>
public static class Replay
{
    public static ReplayView? Apply(ReplayView? replay, string id, object happened) => (replay, happened) switch
    {
        (null, ReplayRequested e) => new ReplayView { Id = id, Asset = e.Asset, Job = e.Job, Model = e.Model, Key = e.Key, RequestedAt = e.At, Revision = 1 },
        (null, _) => null,
        (not null, _) => Change(replay, happened) with { Revision = replay.Revision + 1 },
    };

    public static ReplayView? Fold(ReplayView? replay, string id, IEnumerable<object> happened) => happened.Aggregate(replay, (state, e) => Apply(state, id, e));

    private static ReplayView Change(ReplayView replay, object happened) => happened switch
    {
        _ when !replay.IsOpen => replay,
        ReplayStarted e when e.Attempt > replay.Attempt => replay with { State = ReplayState.Running, Attempt = e.Attempt, Device = e.Device },
        ReplayAttemptFailed e when e.Attempt == replay.Attempt && replay.State == ReplayState.Running => replay with { State = ReplayState.Queued, Failures = replay.Failures + 1 },
        AssetReplayed e => replay with { State = ReplayState.Done, Verdict = e.Verdict, FinishedAt = e.At },
        ReplayCanceled e => replay with { State = ReplayState.Canceled, FinishedAt = e.At },
        _ => replay,
    };
}
