using Vitrine.Grains.Interfaces;
using Vitrine.Inference;

namespace Vitrine.Grains.Replays;

/// <summary>A replay as the render queue wants it: one picture of its job's owners, at the weight of what it cost when it was made. Nobody is charged for it.</summary>
public static class QueuedReplays
{
    public static QueuedJob Of(TenantId tenant, ReplayView replay, JobView job, Limits brand, Limits project, Limits user, string? trace = null) => new(
        new ReplayId(replay.Id).InQueueOf(tenant), job.Project, job.User, replay.Model, job.Clip is null ? 1 : ClipRenderer.FramesInFlight, new Credits(job.ReservedMicro / Math.Max(1, job.Images)), job.Speed,
        replay.State == ReplayState.Running ? replay.Device : null, brand, project, user, trace, IsClip: job.Clip is not null);
}
