using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// What the caps on running jobs mean for waiting ones: an owner who may have only so many at once gets no more done in a second than these do, however much room the pool has. Jobs are told in the order of
/// service; each then waits at least for the work of its capped owners before it.
/// </summary>
/// <param name="leased">What runs.</param>
/// <param name="workPerPictureSecond">See <see cref="Throughput.WorkPerPictureSecond"/>.</param>
internal sealed class CappedWork(Leases leased, double workPerPictureSecond)
{
    private Dictionary<ShareOwner, double>? _running;
    private readonly Dictionary<ShareOwner, double> _work = [];

    /// <summary>Seconds until this job is done, as far as its owners' caps go; 0 where there are none or nothing was rendered yet, infinity where a cap lets nothing run.</summary>
    public double Next(QueuedJob job)
    {
        var seconds = 0.0;
        foreach (var (owner, most) in Leases.Caps(job))
        {
            var work = _work[owner] = _work.GetValueOrDefault(owner, Running(owner)) + FairShare.WorkOf(job);
            if (most <= 0) return double.PositiveInfinity;
            if (workPerPictureSecond > 0) seconds = Math.Max(seconds, work / (most * job.Images * workPerPictureSecond));
        }
        return seconds;
    }

    private double Running(ShareOwner owner)
    {
        if (_running is null)
        {
            _running = [];
            foreach (var job in leased.Jobs)
                foreach (var (capped, _) in Leases.Caps(job)) _running[capped] = _running.GetValueOrDefault(capped) + leased.WorkLeft(job);
        }
        return _running.GetValueOrDefault(owner);
    }
}
