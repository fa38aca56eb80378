using Vitrine.Grains.Interfaces;
using Vitrine.Inference;

namespace Vitrine.Grains.Jobs;

/// <summary>A job as the render queue wants it.</summary>
public static class QueuedJobs
{
    public static QueuedJob Of(JobKey key, JobView job, Limits tenant, Limits project, Limits user, string? trace = null) => new(
        key, job.Project, job.User, job.Model!, job.Clip is null ? job.Images : ClipRenderer.FramesInFlight, job.Reserved, job.Speed, job.State == JobState.Running ? job.Device : null, tenant, project, user, trace, IsClip: job.Clip is not null);
}
