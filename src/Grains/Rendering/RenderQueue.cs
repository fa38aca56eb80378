using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using DeviceKind = Vitrine.Grains.Interfaces.DeviceKind;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// The state of one pool: jobs that wait, jobs that are leased, renderers that live. Values in, values out; the grain around it knows the time
/// and the cluster.
/// </summary>
public sealed class RenderQueue(ModelCatalogue catalogue)
{
    /// <summary>A renderer that says nothing for so long has lost its leases. It says something every second.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(8);

    /// <summary>After this queue lost its memory, a job that some device had begun waits so long for that device to say that it still has it.</summary>
    public static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(3);

    /// <summary>Waiting jobs whose place is worked out exactly; who stands behind that gets the number of those before.</summary>
    public const int MaxExactPlaces = 1000;

    private readonly FairShare _waiting = new();
    private readonly Dictionary<JobKey, (QueuedJob Job, DeviceId Device)> _leased = [];
    private readonly Dictionary<JobKey, (QueuedJob Job, DateTimeOffset Until)> _returning = [];
    private readonly Dictionary<DeviceId, (RendererOffer Offer, DateTimeOffset At)> _renderers = [];
    private double _microPerSecond;
    private DateTimeOffset _lastDone;

    public int WaitingCount => _waiting.Count + _returning.Count;
    public int LeasedCount => _leased.Count;
    public IEnumerable<DeviceId> Live => _renderers.Keys;

    public bool Waits(JobKey job) => _waiting.Contains(job) || _returning.ContainsKey(job);

    /// <summary>Whether some live device can run this waiting job.</summary>
    public bool CanRun(JobKey job) => _waiting.Find(job) is not { } waiting || !Held(waiting);

    public bool Knows(JobKey job) => _waiting.Contains(job) || _leased.ContainsKey(job) || _returning.ContainsKey(job);

    /// <summary>A job to be rendered. One that a renderer gave back (it failed there) waits again.</summary>
    public void Enqueue(QueuedJob job)
    {
        _leased.Remove(job.Job);
        _returning.Remove(job.Job);
        _waiting.Add(job);
    }

    /// <summary>A job found in the store. If a device had begun it, that device is given a moment to claim it.</summary>
    public void Restore(QueuedJob job, DateTimeOffset now)
    {
        if (Knows(job.Job)) return;
        if (job.LastDevice is null) _waiting.Add(job);
        else _returning[job.Job] = (job, now + ReturnTime);
    }

    /// <summary>The job is over. Returns the device that must stop working on it, if one does.</summary>
    public DeviceId? Remove(JobKey job, DateTimeOffset now)
    {
        _waiting.Remove(job);
        _returning.Remove(job);
        if (!_leased.Remove(job, out var lease)) return null;
        Learn(lease.Job.Cost, now);
        return lease.Device;
    }

    /// <summary>See <see cref="IRenderQueueGrain.Take"/>.</summary>
    public IReadOnlyList<QueuedJob> Take(RendererOffer offer, DateTimeOffset now)
    {
        _renderers[offer.Device] = (offer, now);
        var holding = offer.Holding.ToHashSet();
        foreach (var job in holding)
        {
            if (_returning.Remove(job, out var returning)) _leased[job] = (returning.Job, offer.Device);
            else if (_waiting.Contains(job)) { var known = _waiting.Waiting.First(each => each.Job == job); _waiting.Remove(job); _leased[job] = (known, offer.Device); }
        }
        // What this device had begun and does not hold any more (it was restarted) is free at once.
        foreach (var (key, (job, _)) in _returning.Where(each => each.Value.Job.LastDevice == offer.Device.ToString()).ToList()) Free(key, job);
        foreach (var (key, (job, device)) in _leased.Where(each => each.Value.Device == offer.Device && !holding.Contains(each.Key)).ToList()) Free(key, job);

        var taken = new List<QueuedJob>();
        for (var room = offer.Room; room > 0 && _waiting.Take(job => Eligible(job, offer)) is { } next; room -= next.Images)
        {
            _leased[next.Job] = (next, offer.Device);
            taken.Add(next);
        }
        return taken;
    }

    /// <summary>Takes leases back from renderers that fell silent. Returns whether anything became free.</summary>
    public bool Expire(DateTimeOffset now)
    {
        var any = false;
        foreach (var (device, (_, at)) in _renderers.ToList())
            if (now - at >= LeaseTime) any |= Lose(device);
        foreach (var (key, (job, until)) in _returning.ToList())
            if (now >= until) { Free(key, job); any = true; }
        return any;
    }

    /// <summary>Null when the job does not wait here.</summary>
    public QueuePlace? Place(JobKey job) => Places().GetValueOrDefault(job);

    /// <summary>The places of all waiting jobs at once, worked out in one pass.</summary>
    public Dictionary<JobKey, QueuePlace> Places()
    {
        var places = new Dictionary<JobKey, QueuePlace>();
        foreach (var (key, (job, _)) in _returning) places[key] = new QueuePlace(0, null, Held(job));
        long micro = _leased.Values.Sum(each => each.Job.Cost.Micro);
        foreach (var next in _waiting.Order(MaxExactPlaces))
        {
            micro += next.Cost.Micro;
            places[next.Job] = new QueuePlace(places.Count - _returning.Count, Eta(micro), Held(next));
        }
        foreach (var job in _waiting.Waiting.Where(job => !places.ContainsKey(job.Job))) places[job.Job] = new QueuePlace(_waiting.Count - 1, null, Held(job));
        return places;
    }

    private bool Lose(DeviceId device)
    {
        _renderers.Remove(device);
        var lost = _leased.Where(each => each.Value.Device == device).ToList();
        foreach (var (key, (job, _)) in lost) Free(key, job);
        return lost.Count > 0;
    }

    private void Free(JobKey key, QueuedJob job)
    {
        _leased.Remove(key);
        _returning.Remove(key);
        _waiting.Add(job with { LastDevice = null });
    }

    private bool Eligible(QueuedJob job, RendererOffer offer) =>
        offer.Models.Contains(job.Model) && !BetterDeviceLives(job.Model, offer.Device.Kind)
        && Running(each => each.Job.Tenant == job.Job.Tenant, job.TenantLimits.Running)
        && Running(each => each.Job.Tenant == job.Job.Tenant && each.Project == job.Project, job.ProjectLimits.Running)
        && Running(each => each.Job.Tenant == job.Job.Tenant && each.User == job.User, job.UserLimits.Running);

    private bool Running(Func<QueuedJob, bool> sibling, int? most) => most is not { } cap || _leased.Values.Count(each => sibling(each.Job)) < cap;

    /// <summary>A processor serves a model that prefers an accelerator only while no accelerator that can run it lives.</summary>
    private bool BetterDeviceLives(string model, DeviceKind mine) =>
        catalogue.TryGet(model, out var card)
        && card.Devices.TakeWhile(kind => (int)kind != (int)mine).Any(better => _renderers.Values.Any(each => (int)each.Offer.Device.Kind == (int)better && each.Offer.Models.Contains(model)));

    private bool Held(QueuedJob job) => !_renderers.Values.Any(each => each.Offer.Models.Contains(job.Model));

    private TimeSpan? Eta(long micro) => _microPerSecond > 0 ? TimeSpan.FromSeconds(micro / _microPerSecond) : null;

    // An exponential average over finished jobs of how much cost the pool gets done in a second.
    private void Learn(Credits cost, DateTimeOffset now)
    {
        const double Weight = 0.1;
        var seconds = (now - _lastDone).TotalSeconds;
        if (_lastDone != default && seconds is > 0.000_1 and < 60)
            _microPerSecond = _microPerSecond == 0 ? cost.Micro / seconds : (1 - Weight) * _microPerSecond + Weight * cost.Micro / seconds;
        _lastDone = now;
    }
}
