using System.Runtime.InteropServices;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>A tenant, or a project or a user of it.</summary>
internal readonly record struct ShareOwner(string Tenant, string? Project = null, string? User = null);

/// <summary>Which device works on which job, and how many run at each level of their owners.</summary>
internal sealed class Leases
{
    private readonly Dictionary<JobKey, (QueuedJob Job, DeviceId Device, SharePlace Place)> _leased = [];
    private readonly Dictionary<JobKey, double> _done = [];
    private readonly Dictionary<ShareOwner, int> _running = [];

    public int Count => _leased.Count;

    /// <summary>Pictures of all of them.</summary>
    public int Pictures { get; private set; }

    public IEnumerable<QueuedJob> Jobs => _leased.Values.Select(lease => lease.Job);

    /// <summary>What all devices work on, see <see cref="FairShare.WorkOf"/>, without what they said is done of it.</summary>
    public double Work { get; private set; }

    /// <summary>What is left of one of them.</summary>
    public double WorkLeft(QueuedJob job) => (1 - _done.GetValueOrDefault(job.Job)) * FairShare.WorkOf(job);

    /// <summary>A device says how much of a job is done. Returns the work that this is more than before; never less than none.</summary>
    public double Progress(JobKey job, double share)
    {
        if (!_leased.TryGetValue(job, out var lease) || !(share > _done.GetValueOrDefault(job))) return 0;
        var before = WorkLeft(lease.Job);
        _done[job] = Math.Min(share, 1);
        var more = before - WorkLeft(lease.Job);
        Work = Math.Max(0, Work - more);
        return more;
    }

    public bool ContainsKey(JobKey job) => _leased.ContainsKey(job);
    public bool TryGet(JobKey job, out (QueuedJob Job, DeviceId Device, SharePlace Place) lease) => _leased.TryGetValue(job, out lease);
    public IEnumerable<QueuedJob> On(DeviceId device) => _leased.Values.Where(lease => lease.Device == device).Select(lease => lease.Job);

    /// <param name="place">Where it stood when it was taken, and stands again if its device is lost.</param>
    public void Add(QueuedJob job, DeviceId device, SharePlace place)
    {
        Remove(job.Job);
        _leased[job.Job] = (job, device, place);
        Tally(job, +1);
    }

    /// <summary>Returns the place to which the job can go back; null when no device works on it.</summary>
    public SharePlace? Remove(JobKey job)
    {
        if (!_leased.Remove(job, out var lease)) return null;
        Tally(lease.Job, -1);
        _done.Remove(job);
        return lease.Place;
    }

    /// <summary>See <see cref="FairShare.Relimit"/>: what is given back waits with the limits that hold now.</summary>
    public void Relimit(Func<QueuedJob, QueuedJob> change)
    {
        foreach (var (key, lease) in _leased.ToList()) _leased[key] = lease with { Job = change(lease.Job) };
    }

    /// <summary>Whether a device works on a job of this one's tenant.</summary>
    public bool RunsTenantOf(QueuedJob job) => _running.ContainsKey(Tenant(job));

    /// <summary>Whether the cap on running jobs of this level of the job's owners leaves room for one more.</summary>
    public bool HasRoom(ShareLevel level, QueuedJob job) => level switch
    {
        ShareLevel.Tenant => Below(job.TenantLimits.Running, Tenant(job)),
        ShareLevel.Project => Below(job.ProjectLimits.Running, Project(job)),
        ShareLevel.User => Below(job.UserLimits.Running, User(job)),
        _ => true,
    };

    /// <summary>Those of a job's owners who may not have more than so many jobs running at once.</summary>
    public static IEnumerable<(ShareOwner Owner, int Most)> Caps(QueuedJob job)
    {
        if (job.TenantLimits.Running is { } tenant) yield return (Tenant(job), tenant);
        if (job.ProjectLimits.Running is { } project) yield return (Project(job), project);
        if (job.UserLimits.Running is { } user) yield return (User(job), user);
    }

    private bool Below(int? most, ShareOwner owner) => most is not { } cap || _running.GetValueOrDefault(owner) < cap;

    private void Tally(QueuedJob job, int change)
    {
        foreach (var owner in new[] { Tenant(job), Project(job), User(job) })
            if ((CollectionsMarshal.GetValueRefOrAddDefault(_running, owner, out _) += change) == 0) _running.Remove(owner);
        Pictures += change * job.Images;
        Work = _leased.Count == 0 ? 0 : Math.Max(0, Work + change * WorkLeft(job));
    }

    // A user counts across projects: the cap is the person's.
    private static ShareOwner Tenant(QueuedJob job) => new(job.Job.Tenant.Value);
    private static ShareOwner Project(QueuedJob job) => new(job.Job.Tenant.Value, Project: job.Project);
    private static ShareOwner User(QueuedJob job) => new(job.Job.Tenant.Value, User: job.User ?? "");
}
