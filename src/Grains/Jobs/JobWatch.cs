using System.Runtime.CompilerServices;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

/// <summary>
/// What watchers of one job are told. Lives on the grain's scheduler, so it needs no lock. Passing updates are kept up to a bound; what matters
/// is in the job and is told again to whoever comes late.
/// </summary>
public sealed class JobWatch
{
    /// <summary>Passing updates kept for watchers that come back; a job of ten pictures has a few hundred at most.</summary>
    public const int MaxKept = 512;

    private readonly LinkedList<JobUpdate> _updates = [];
    private TaskCompletionSource _changed = New();
    private long _passing;

    public void Tell(JobUpdate update)
    {
        _updates.AddLast(update);
        if (_updates.Count > MaxKept) _updates.RemoveFirst();
        var changed = _changed;
        _changed = New();
        changed.SetResult();
    }

    /// <summary>A passing update: it gets the next number after the last durable one.</summary>
    public void TellProgress(JobView job, RenderProgress progress) => Tell(new JobUpdate(NextPassing(job), JobUpdateKind.Progress, Progress: progress));

    /// <summary>The number of the next passing update.</summary>
    public long NextPassing(JobView job) => job.Revision * JobUpdate.PerEvent + ++_passing;

    /// <summary>Completes at the next update.</summary>
    public Task Changed => _changed.Task;

    public IEnumerable<JobUpdate> After(long sequence) => _updates.Where(update => update.Sequence > sequence);

    /// <summary>The durable updates of a job, from its view alone: the same, with the same numbers, as those told when they happened.</summary>
    public static IEnumerable<JobUpdate> Durable(JobView job)
    {
        yield return new JobUpdate(AcceptedAt, JobUpdateKind.Queued, job);
        if (job.Attempt > 0) yield return new JobUpdate(StartedAt(job), JobUpdateKind.Started, job);
        if (job.IsOpen) yield break;
        foreach (var update in Ending(job)) yield return update;
    }

    /// <summary>Outputs and the terminal update; the terminal one carries the number of the last event.</summary>
    public static IEnumerable<JobUpdate> Ending(JobView job)
    {
        var last = job.Revision * JobUpdate.PerEvent;
        for (var i = 0; i < job.Assets.Count; i++) yield return new JobUpdate(last - job.Assets.Count + i, JobUpdateKind.Output, Asset: job.Assets[i]);
        yield return new JobUpdate(last, job.State switch
        {
            JobState.Succeeded => JobUpdateKind.Succeeded,
            JobState.Canceled => JobUpdateKind.Canceled,
            _ => JobUpdateKind.Failed,
        }, job);
    }

    /// <summary>Four events accept a job.</summary>
    private const int Acceptance = 4;
    private const long AcceptedAt = Acceptance * JobUpdate.PerEvent;

    /// <summary>
    /// The number of the event that began the latest attempt, whatever followed: before it stand the acceptance, the starts of the attempts and the failures of those before it. One event
    /// can follow a start or several, so it is not counted from the end.
    /// </summary>
    private static long StartedAt(JobView job) => (Acceptance + job.Attempt + job.Failures - (HasFailed(job) ? 1 : 0)) * JobUpdate.PerEvent;

    /// <summary>Whether the latest attempt was given up. Of rows from before that was kept, the state tells it while the job is open.</summary>
    private static bool HasFailed(JobView job) => job.FailedAttempt is { } failed ? failed == job.Attempt : job.Failures == job.Attempt || job is { State: JobState.Queued, Attempt: > 0 };

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
