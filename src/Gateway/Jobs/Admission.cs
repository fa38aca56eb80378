using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>
/// Whether new work is taken in at all. What is refused here costs the cluster nothing, so that what was accepted goes on undisturbed however many ask; the
/// limits of tenants, projects and users are kept by their accounts and are another matter.
/// </summary>
public sealed class Admission(IGrainFactory grains, IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>How old the answer of the queue may be that decides.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMilliseconds(250);

    /// <summary>What the queue said longer ago than this decides nothing: a cluster that cannot be reached says so itself.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(1);
    private int underWay;
    private int asking;
    private long askedAt, heardAt;
    private volatile QueueStatus? queue;

    /// <summary>Takes a submission in; dispose what it answers when the job has answered. Null when there is no room for it at present.</summary>
    public IDisposable? Enter()
    {
        if (Interlocked.Increment(ref underWay) <= options.Value.MaxSubmissions) return new Entry(this);
        Interlocked.Decrement(ref underWay);
        return null;
    }

    /// <summary>Whether new work would be refused now. Asks the queue where nobody has for a while, since without requests nobody does.</summary>
    public async Task<bool> IsFull()
    {
        if (time.GetElapsedTime(Interlocked.Read(ref heardAt)) > Remembered && Interlocked.Exchange(ref asking, 1) == 0) await Ask();
        return RetryAfter() is not null;
    }

    /// <summary>When to ask again while more waits than the platform takes on; null while there is room. Answers at once, from what the queue said last.</summary>
    public TimeSpan? RetryAfter()
    {
        if (time.GetElapsedTime(Interlocked.Read(ref askedAt)) > Remembered && Interlocked.Exchange(ref asking, 1) == 0) _ = Ask();
        if (queue is not { } heard || time.GetElapsedTime(Interlocked.Read(ref heardAt)) > Believed || heard.Waiting < options.Value.MaxWaitingJobs) return null;
        // A tenth of the queue is room enough to ask again for.
        var tenth = (heard.Backlog ?? TimeSpan.FromSeconds(10)) / 10;
        return tenth < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : tenth > LongestRetryAfter ? LongestRetryAfter : tenth;
    }

    private async Task Ask()
    {
        Interlocked.Exchange(ref askedAt, time.GetTimestamp());
        RequestContext.Remove(TenantContext.Key); // Asked for all tenants, in the name of none.
        try
        {
            queue = await grains.RenderQueue(PoolId.Main).Status();
            Interlocked.Exchange(ref heardAt, time.GetTimestamp());
        }
        catch (Exception lost) when (Outage.AnswerTo(lost) is not null)
        {
            // The request that follows will hear it too, and its caller with it.
        }
        finally
        {
            Interlocked.Exchange(ref asking, 0);
        }
    }

    private sealed class Entry(Admission admission) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0) Interlocked.Decrement(ref admission.underWay);
        }
    }
}
