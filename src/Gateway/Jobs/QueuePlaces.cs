using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>A place in the queue is a courtesy: work that is recorded must not look refused because the queue is slow or away.</summary>
internal static class QueuePlaces
{
    /// <summary>A caller would rather have the answer than wait longer for a place in it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>The place of a job that waits; null for one that does not, and where the queue is slow to tell.</summary>
    public static async Task<QueuePlace?> Of(IGrainFactory grains, JobKey key, JobView job) => job.State == JobState.Queued ? await Soon(() => grains.Job(key).Place()) : null;

    /// <summary>The place, where the queue tells it soon enough.</summary>
    public static async Task<QueuePlace?> Soon(Func<Task<QueuePlace?>> ask)
    {
        try
        {
            return await ask().WaitAsync(Patience);
        }
        catch (Exception failure) when (Outage.AnswerTo(failure) is not null)
        {
            return null;
        }
    }
}
