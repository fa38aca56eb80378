using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;
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

    private static readonly TimeSpan MaxEta = TimeSpan.FromDays(30);

    // With one model there is nothing to prefer.
    private readonly double _lag = catalogue.Models.Count(card => card.Kind == ModelKind.TextToImage) > 1 ? FairShare.AffinityLag : 0;

    private readonly FairShare _waiting = new();
    private readonly Leases _leased = new();
    private readonly Dictionary<JobKey, (QueuedJob Job, DateTimeOffset Until, SharePlace Place)> _returning = [];
    private readonly Dictionary<DeviceId, (RendererOffer Offer, DateTimeOffset At)> _renderers = [];
    private readonly Throughput _throughput = new();
    private readonly EtaErrors _etaErrors = new();

    public int WaitingCount => _waiting.Count + _returning.Count;
    public int LeasedCount => _leased.Count;
    public IEnumerable<DeviceId> Live => _renderers.Keys;

    public bool Waits(JobKey job) => _waiting.Contains(job) || _returning.ContainsKey(job);

    public bool Knows(JobKey job) => _waiting.Contains(job) || _leased.ContainsKey(job) || _returning.ContainsKey(job);

    /// <summary>A job to be rendered. One that a renderer gave back (it failed there) waits again at its old place; what the device did for it stays charged.</summary>
    public void Enqueue(QueuedJob job) => Wait(job, refund: false);

    /// <summary>A job found in the store. If a device had begun it, that device is given a moment to claim it.</summary>
    public void Restore(QueuedJob job, DateTimeOffset now)
    {
        if (Knows(job.Job)) return;
        if (job.LastDevice is null) _waiting.Add(job);
        else _returning[job.Job] = (job, now + ReturnTime, _waiting.Reserve(job));
    }

    /// <summary>Somebody's limits were set anew: from now on they count for what waits already, too.</summary>
    /// <param name="account">See <see cref="AccountName"/>.</param>
    public void Relimit(TenantId tenant, string account, Limits limits)
    {
        _waiting.Relimit(Changed);
        _leased.Relimit(Changed);
        foreach (var (key, returning) in _returning.ToList()) _returning[key] = returning with { Job = Changed(returning.Job) };

        QueuedJob Changed(QueuedJob job) =>
            job.Job.Tenant != tenant ? job
            : account == AccountName.Tenant ? job with { TenantLimits = limits }
            : account == AccountName.Of(new ProjectId(job.Project)) ? job with { ProjectLimits = limits }
            : job.User is { } user && account == AccountName.Of(new UserId(user)) ? job with { UserLimits = limits } : job;
    }

    /// <summary>The job is over. Returns the device that must stop working on it, if one does.</summary>
    /// <param name="rendered">Whether it was done, so that something can be learned from it.</param>
    public DeviceId? Remove(JobKey job, bool rendered, DateTimeOffset now)
    {
        _waiting.Remove(job);
        _returning.Remove(job);
        if (rendered) _etaErrors.Done(job, now);
        else _etaErrors.Forget(job);
        if (!_leased.TryGet(job, out var lease)) return null;
        _throughput.Tell(rendered ? _leased.WorkLeft(lease.Job) : 0, _leased.Pictures, now);
        _leased.Remove(job);
        return lease.Device;
    }

    /// <summary>See <see cref="IRenderQueueGrain.Take"/>.</summary>
    public IReadOnlyList<QueuedJob> Take(RendererOffer offer, DateTimeOffset now)
    {
        // What is done of a long job counts as it is done: else its device would seem to get nothing done for as long as it takes, and for ever if it is called off.
        _throughput.Tell(offer.Done?.Sum(each => _leased.Progress(each.Key, each.Value)) ?? 0, _leased.Pictures, now);
        if (offer.Leaving) _renderers.Remove(offer.Device);
        else _renderers[offer.Device] = (offer, now);
        var holding = offer.Holding.ToHashSet();
        foreach (var job in holding)
        {
            if (_returning.Remove(job, out var returning)) _leased.Add(returning.Job, offer.Device, returning.Place);
            else if (_waiting.Withdraw(job) is var (known, place)) _leased.Add(known, offer.Device, place);
        }
        // What this device had begun and does not hold any more (it was restarted, or is leaving) is free at once.
        foreach (var (job, _, _) in _returning.Values.Where(each => each.Job.LastDevice == offer.Device.ToString()).ToList()) Free(job);
        foreach (var job in _leased.On(offer.Device).Where(job => !holding.Contains(job.Job)).ToList()) Free(job);

        var taken = new List<QueuedJob>();
        if (offer.Leaving || offer.Room <= 0 && offer.ExpressRoom <= 0) return taken;
        var models = offer.Models.Where(model => !BetterDeviceLives(model, offer.Device.Kind)).ToHashSet();
        var resident = offer.Resident?.ToHashSet();
        while ((TakeExpress(offer, models) ?? (offer.Room > 0 ? _waiting.TakePlaced(models.Contains, _leased.HasRoom, resident is { Count: > 0 } ? resident.Contains : null) : null)) is var (next, place))
        {
            _leased.Add(next, offer.Device, place);
            taken.Add(next);
            offer = next.Express ? offer with { ExpressRoom = offer.ExpressRoom - next.Images } : offer with { Room = offer.Room - next.Images };
        }
        _renderers[offer.Device] = (offer, now);
        return taken;
    }

    /// <summary>
    /// The job that is next anyway, if it may preempt what was begun: others have something running and its tenant has nothing, the device has a thread for each of its pictures, and they are no clips. The order of service
    /// stays that of <see cref="FairShare"/>; what changes is only that such a job does not wait for room. Where another device has room, that one will take it.
    /// </summary>
    private (QueuedJob Job, SharePlace Place)? TakeExpress(RendererOffer offer, HashSet<string> models) =>
        offer.ExpressRoom > 0 && _leased.Count > 0
        && _waiting.TakePlaced(models.Contains, _leased.HasRoom, when: job => !job.IsClip && job.Images <= offer.ExpressRoom && !_leased.RunsTenantOf(job) && (offer.Room > 0 || !RoomElsewhere(offer.Device, job.Model))) is var (next, place)
            ? (next with { Express = true }, place) : null;

    private bool RoomElsewhere(DeviceId device, string model) =>
        _renderers.Values.Any(each => each.Offer.Device != device && each.Offer.Room > 0 && each.Offer.Models.Contains(model) && !BetterDeviceLives(model, each.Offer.Device.Kind));

    /// <summary>Takes leases back from renderers that fell silent. Returns whether anything became free.</summary>
    public bool Expire(DateTimeOffset now)
    {
        var any = false;
        foreach (var (device, (_, at)) in _renderers.ToList())
            if (now - at >= LeaseTime) any |= Lose(device);
        foreach (var (job, until, _) in _returning.Values.ToList())
            if (now >= until) { Free(job); any = true; }
        return any;
    }

    /// <summary>Null when the job does not wait here.</summary>
    public QueuePlace? Place(JobKey job, DateTimeOffset now) => Places(now).GetValueOrDefault(job);

    /// <summary>The place behind everybody: where a job stands at worst. Costs nothing to work out.</summary>
    public QueuePlace? Last(JobKey job) =>
        _waiting.Find(job) is not { } waiting ? null : Placed(Math.Max(0, WaitingCount - 1), WorkBefore(), waiting, AtCap(waiting) ? double.PositiveInfinity : 0);

    /// <summary>The places of all waiting jobs at once, worked out in one pass.</summary>
    public Dictionary<JobKey, QueuePlace> Places(DateTimeOffset now)
    {
        var places = new Dictionary<JobKey, QueuePlace>();
        foreach (var (key, (job, _, _)) in _returning) places[key] = Placed(0, _leased.Work + FairShare.WorkOf(job), job);
        var work = _leased.Work;
        var capped = new CappedWork(_leased, _throughput.WorkPerPictureSecond);
        foreach (var next in _waiting.Order(MaxExactPlaces))
        {
            var held = Held(next);
            // What no device can do at present is in nobody's way.
            if (!held) work += FairShare.WorkOf(next);
            var least = held ? 0 : capped.Next(next);
            places[next.Job] = Placed(places.Count - _returning.Count, work, next, least);
            if (!held && Raw(work, least) is { } raw) _etaErrors.Predicted(next.Job, raw, now);
        }
        // Who stands further back is told the end of the queue: no later than that.
        if (places.Count - _returning.Count < _waiting.Count)
        {
            var all = WorkBefore();
            foreach (var job in _waiting.Waiting.Where(job => !places.ContainsKey(job.Job))) places[job.Job] = Placed(_waiting.Count - 1, all, job);
        }
        return places;
    }

    /// <summary>How long what waits and what runs will take, as far as anybody can tell; null before anything was rendered.</summary>
    public TimeSpan? Backlog => Raw(WorkBefore());

    /// <summary>How far completion times were from what was announced, as quotients (actual / announced); null before there are some.</summary>
    public EtaQuantiles? EtaError => _etaErrors.Quantiles;

    /// <summary>The longest wait that the job's owners can be made to bear by everybody who has work now, see <see cref="FairShare.WaitBound"/>; null before anything was rendered.</summary>
    public TimeSpan? WaitBound(JobKey job) => Raw(WorkBound(job));

    /// <summary>The same as work: what devices have begun, and what may be begun before this job.</summary>
    public double WorkBound(JobKey job) => _leased.Work + _waiting.WaitBound(job, _lag);

    private bool Lose(DeviceId device)
    {
        _renderers.Remove(device);
        var lost = _leased.On(device).ToList();
        foreach (var job in lost) Free(job);
        return lost.Count > 0;
    }

    // As if it had not been taken: nobody who came later goes before it, and it is not charged twice.
    private void Free(QueuedJob job) => Wait(job with { LastDevice = null, Express = false }, refund: true);

    // Forgets who had the job, but not where it stood.
    private void Wait(QueuedJob job, bool refund)
    {
        if ((_leased.Remove(job.Job) ?? (_returning.Remove(job.Job, out var returning) ? returning.Place : null)) is { } place) _waiting.Return(job, place with { Charged = place.Charged && refund });
        else _waiting.Add(job);
    }

    /// <summary>A processor serves a model that prefers an accelerator only while no accelerator that can run it lives.</summary>
    private bool BetterDeviceLives(string model, DeviceKind mine) =>
        catalogue.TryGet(model, out var card)
        && card.Devices.TakeWhile(kind => (int)kind != (int)mine).Any(better => _renderers.Values.Any(each => (int)each.Offer.Device.Kind == (int)better && each.Offer.Models.Contains(model)));

    private bool Held(QueuedJob job) => !IsOffered(job.Model);

    private bool IsOffered(string model) => _renderers.Values.Any(each => each.Offer.Models.Contains(model));

    private double WorkBefore() => _leased.Work + _waiting.WorkOf(IsOffered);

    /// <summary>Whether a job waits for its owners' own ones as well; how many of these are before it costs something to work out.</summary>
    private bool AtCap(QueuedJob job) => !(_leased.HasRoom(ShareLevel.Tenant, job) && _leased.HasRoom(ShareLevel.Project, job) && _leased.HasRoom(ShareLevel.User, job));

    /// <param name="least">Seconds that it takes in any case; infinity where nobody can tell.</param>
    private TimeSpan? Raw(double work, double least = 0) =>
        _throughput.WorkPerSecond is > 0 and var rate && !double.IsPositiveInfinity(least) ? TimeSpan.FromSeconds(Math.Min(Math.Max(work / rate, least), MaxEta.TotalSeconds)) : null;

    private QueuePlace Placed(int position, double work, QueuedJob job, double least = 0)
    {
        // Nobody knows when a device for it will come.
        if (Held(job) || Raw(work, least) is not { } raw) return new QueuePlace(position, null, Held(job));
        var error = _etaErrors.Quantiles;
        return new QueuePlace(position, raw * (error?.Median ?? 1), false, raw * error?.Low, raw * error?.High);
    }
}
