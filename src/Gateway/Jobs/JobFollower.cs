using System.Runtime.CompilerServices;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Follows a job to its end across lost silos and moved grains.</summary>
public sealed class JobFollower(IGrainFactory grains, TimeProvider time)
{
    /// <summary>How long silos may be out of reach, without a single update, before the caller is told.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What happened to the job after sequence <paramref name="after"/>, then what happens, up to and including the terminal update.
    /// Ends at once for an unknown job and for one whose terminal update the caller has seen.
    /// </summary>
    /// <exception cref="ClusterUnavailableException">The silos were out of reach for <see cref="Patience"/>.</exception>
    public IAsyncEnumerable<JobUpdate> Watch(JobKey job, long after, CancellationToken ct) => Watch(job, after, endOnly: false, ct);

    private async IAsyncEnumerable<JobUpdate> Watch(JobKey job, long after, bool endOnly, [EnumeratorCancellation] CancellationToken ct)
    {
        GrainCalls.For(job.Tenant);
        long? failingSince = null;
        var pause = FirstPause;
        while (true)
        {
            var (seen, failed) = (false, false);
            var updates = grains.Job(job).Watch(after, endOnly, ct).GetAsyncEnumerator(ct);
            try
            {
                while (true)
                {
                    try
                    {
                        if (!await updates.MoveNextAsync()) break;
                    }
                    catch (Exception failure) when (Outage.IsOfCluster(failure) && !ct.IsCancellationRequested)
                    {
                        failingSince ??= time.GetTimestamp();
                        if (time.GetElapsedTime(failingSince.Value) >= Patience)
                            throw new ClusterUnavailableException($"Watching {job.Job} failed for {Patience.TotalSeconds:0} s.", failure);
                        failed = true;
                        break;
                    }
                    (failingSince, pause, seen) = (null, FirstPause, true);
                    var update = updates.Current;
                    // A repeated update, after a resumption that overlaps, is not shown twice.
                    if (update.Sequence <= after) continue;
                    after = update.Sequence;
                    yield return update;
                    if (update.IsTerminal) yield break;
                }
            }
            finally
            {
                await Close(updates);
            }
            if (!failed && !seen) yield break;
            await Task.Delay(pause, time, ct);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>The job once it is over.</summary>
    /// <exception cref="ClusterUnavailableException">The silos were out of reach for <see cref="Patience"/>.</exception>
    /// <exception cref="InvalidOperationException">There is no such job; only jobs known to exist may be waited for.</exception>
    public async Task<JobView> UntilDone(JobKey job, CancellationToken ct)
    {
        await foreach (var update in Watch(job, 0, endOnly: true, ct))
            if (update is { IsTerminal: true, Job: { } done }) return done;
        return await grains.Job(job).Get() is { IsOpen: false } view ? view : throw new InvalidOperationException($"The job {job.Job} is watched but has no end.");
    }

    // Disposing tells the grain to stop; when its silo is gone there is nobody left to tell.
    private static async ValueTask Close(IAsyncEnumerator<JobUpdate> updates)
    {
        try
        {
            await updates.DisposeAsync();
        }
        catch (Exception failure) when (Outage.IsOfCluster(failure) || failure is OperationCanceledException)
        {
        }
    }
}
