using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// Who is next: hierarchical start-time fair queueing (Goyal, Vin, Cheng 1996) over tenant → project → user → speed, in units of cost. Every child of a
/// node has a virtual start time; the least is served next, and a child's time then grows by charge divided by weight, where the charge of a job is its cost over
/// the weight of its speed (turbo 4, fast 1, relax 1/4). A child that comes back after idling starts at its parent's present time, so idleness saves nothing up.
/// <para>
/// Bound: while two children of one node both have work, the charges per weight that they have received differ by at most
/// c₁/w₁ + c₂/w₂, where c is the largest charge of one job of each (theorem 1 of the paper); where a device prefers models that it has in memory, by
/// twice <see cref="AffinityLag"/> more, once for each end of the interval. <see cref="WaitBound"/> turns that into the work that can come before a job; docs/fairness.md derives it.
/// </para>
/// Adding, taking and removing cost O(levels · log children).
/// </summary>
public sealed class FairShare
{
    /// <summary>
    /// How far, in virtual time (micro-credits a weight), a job of a model that is in memory may go before one that is due: four credits, that is four steps
    /// over a megapixel. Between children of a node it is measured between start times, inside a leaf between places in the order of arrival.
    /// </summary>
    public const double AffinityLag = 4_000_000;

    private readonly ShareNode _root = new("");
    private readonly Dictionary<JobKey, (LinkedListNode<WaitingJob> Place, ShareNode Leaf)> _waiting = [];
    private readonly Dictionary<string, (int Jobs, double Work)> _work = [];
    private long _arrivals;

    public int Count => _waiting.Count;

    /// <summary>What waiting jobs ask of devices together.</summary>
    /// <param name="models">Only jobs of these.</param>
    public double WorkOf(Func<string, bool> models)
    {
        var work = 0.0;
        foreach (var (model, each) in _work)
            if (models(model)) work += each.Work;
        return work;
    }
    public IEnumerable<QueuedJob> Waiting => _waiting.Values.Select(each => each.Place.Value.Job);

    /// <summary>Tenants, projects, users and speed classes of which something is kept.</summary>
    public int Remembered => _root.Descendants;

    public QueuedJob? Find(JobKey job) => _waiting.TryGetValue(job, out var found) ? found.Place.Value.Job : null;
    public bool Contains(JobKey job) => _waiting.ContainsKey(job);

    public void Add(QueuedJob job)
    {
        if (!_waiting.ContainsKey(job.Job)) Return(job, Reserve(job));
    }

    /// <summary>A place behind all that have come until now, for a job that does not wait yet.</summary>
    public SharePlace Reserve(QueuedJob job) => LeafOf(job).Reserve(_arrivals++, Charge(job));

    /// <summary>
    /// A job at the place that it was given when it came: one whose device was lost is not behind what came later. What its owners were charged when it was taken is given back, so it is as if it had not
    /// been taken.
    /// </summary>
    public void Return(QueuedJob job, SharePlace place)
    {
        if (_waiting.ContainsKey(job.Job)) return;
        var leaf = LeafOf(job);
        if (place.Charged) leaf.Refund(Charge(job));
        _waiting[job.Job] = (leaf.Insert(new WaitingJob(place.Arrival, place.Before, job)), leaf);
        leaf.CountIn(job.Model, Charge(job));
        var (jobs, work) = _work.GetValueOrDefault(job.Model);
        _work[job.Model] = (jobs + 1, work + WorkOf(job));
    }

    public bool Remove(JobKey job) => Withdraw(job) is not null;

    /// <summary>Takes a job out of turn and charges nothing for it; null when it does not wait.</summary>
    public (QueuedJob Job, SharePlace Place)? Withdraw(JobKey job)
    {
        if (!_waiting.Remove(job, out var found)) return null;
        var gone = found.Place.Value;
        found.Place.List!.Remove(found.Place);
        found.Leaf.CountOut(gone.Job.Model, Charge(gone.Job));
        var (jobs, work) = _work[gone.Job.Model];
        if (jobs == 1) _work.Remove(gone.Job.Model);
        else _work[gone.Job.Model] = (jobs - 1, work - WorkOf(gone.Job));
        return (gone.Job, new SharePlace(gone.Arrival, gone.Before));
    }

    /// <summary>Gives waiting jobs the limits that hold now. Their places stay; from now on their owners have the new weights and caps.</summary>
    /// <param name="change">The job with its limits as they are now; the same job where nothing changed for it.</param>
    public void Relimit(Func<QueuedJob, QueuedJob> change)
    {
        foreach (var (place, leaf) in _waiting.Values)
        {
            var job = change(place.Value.Job);
            if (ReferenceEquals(job, place.Value.Job)) continue;
            place.Value = place.Value with { Job = job };
            var user = leaf.Parent!;
            user.Weigh(job.UserLimits.Weight);
            user.Parent!.Weigh(job.ProjectLimits.Weight);
            user.Parent.Parent!.Weigh(job.TenantLimits.Weight);
        }
    }

    /// <summary>Takes the next job out; null when none may be served.</summary>
    /// <param name="runs">Whether a model can be run; null for all.</param>
    /// <param name="open">Whether more may run at a level of this job's; null for yes. Asked once a tenant, project and user, not once a job.</param>
    /// <param name="resident">Whether a model is in memory already; null where that makes no difference.</param>
    /// <param name="when">Asked of the next job; where it says no, none is taken, since nobody may pass. Null for yes.</param>
    public QueuedJob? Take(Func<string, bool>? runs = null, Func<ShareLevel, QueuedJob, bool>? open = null, Func<string, bool>? resident = null, Func<QueuedJob, bool>? when = null) =>
        TakePlaced(runs, open, resident, when)?.Job;

    /// <summary>The same, with the place to which the job can return.</summary>
    public (QueuedJob Job, SharePlace Place)? TakePlaced(Func<string, bool>? runs = null, Func<ShareLevel, QueuedJob, bool>? open = null, Func<string, bool>? resident = null, Func<QueuedJob, bool>? when = null)
    {
        runs ??= static _ => true;
        var found = resident is null ? null : Find(_root, 0, runs, open, model => runs(model) && resident(model));
        found ??= Find(_root, 0, runs, open, resident: null);
        if (found is not var (leaf, job) || when?.Invoke(job) is false) return null;
        var place = _waiting[job.Job].Place.Value;
        leaf.Charge(Charge(job));
        Remove(job.Job);
        return (job, new SharePlace(place.Arrival, place.Before, Charged: true));
    }

    /// <summary>Jobs in the order of service if nothing else arrives; at most so many. Looks at no more than it answers.</summary>
    public IEnumerable<QueuedJob> Order(int most)
    {
        var preview = new SharePreview(_root);
        for (var i = 0; i < most && preview.Next() is { } next; i++) yield return next;
    }

    /// <summary>
    /// The most work, in millionths of a step-megapixel (a micro-credit at the speed fast), that is begun before this job, whatever those who have work now ask for meanwhile. Level by level from the job upwards: with A the charges before it
    /// inside its node, the node is due at S = start + A/w; a sibling n is served until its own start passes S, at most max(0, S - startₙ)·wₙ + cₙ; the sum is A of
    /// the level above. Whoever comes to have work only later adds the same, from its own start. Zero when the job does not wait.
    /// </summary>
    /// <param name="lag">How much later the job becomes due at every level because devices prefer other models: <see cref="AffinityLag"/> where they may, or 0.</param>
    public double WaitBound(JobKey job, double lag = 0)
    {
        if (!_waiting.TryGetValue(job, out var place)) return 0;
        var charge = lag + ChargesBefore(place.Leaf, place.Place.Value);
        var work = charge * WorkPerCharge(place.Place.Value.Job.Speed); // A leaf is of one speed.
        for (var (node, level) = (place.Leaf, ShareLevel.Speed); node.Parent is { } above; node = above, level--)
        {
            var due = node.Start + charge / node.Weight;
            foreach (var sibling in above.Busy)
            {
                if (sibling == node) continue;
                var before = Math.Max(0, due + lag - sibling.Start) * sibling.Weight + sibling.LargestCharge;
                charge += before;
                work += before * WorkPerCharge(level == ShareLevel.Speed ? Enum.Parse<Speed>(sibling.Name) : Speed.Turbo);
            }
        }
        return work;
    }

    /// <summary>The charges of what waits before a job in its leaf. Of the newest, of which it is asked whenever a job comes, that is all the others, and nobody is looked at.</summary>
    private static double ChargesBefore(ShareNode leaf, WaitingJob job)
    {
        if (leaf.IsNewest(job.Arrival)) return leaf.Charges - Charge(job.Job);
        var charges = 0.0;
        foreach (var jobs in leaf.Jobs.Values)
            foreach (var other in jobs)
            {
                if (other.Arrival >= job.Arrival) break;
                charges += Charge(other.Job);
            }
        return charges;
    }

    /// <summary>What a job costs its owners' clocks.</summary>
    public static double Charge(QueuedJob job) => Math.Max(1, job.Cost.Micro) / SpeedWeight(job.Speed);

    /// <summary>What a job asks of a device, whatever its speed costs: millionths of a step-megapixel.</summary>
    public static double WorkOf(QueuedJob job) => Charge(job) * WorkPerCharge(job.Speed);

    /// <summary>Of jobs with the same price per picture, turbo advances its owner's clock half as fast as fast, relax twice.</summary>
    private static double SpeedWeight(Speed speed) => speed switch { Speed.Turbo => 4, Speed.Relax => 0.25, _ => 1 };

    private ShareNode LeafOf(QueuedJob job) =>
        _root.Child(job.Job.Tenant.Value, job.TenantLimits.Weight).Child(job.Project, job.ProjectLimits.Weight).Child(job.User ?? "", job.UserLimits.Weight).Child(job.Speed.ToString(), 1);

    private static double WorkPerCharge(Speed speed) => SpeedWeight(speed) / (double)Price.SpeedFactor(speed);

    /// <param name="resident">Models to look for within <see cref="AffinityLag"/> of what is due; null to look for what is due.</param>
    private static (ShareNode Leaf, QueuedJob Job)? Find(
        ShareNode node, ShareLevel level, Func<string, bool> runs, Func<ShareLevel, QueuedJob, bool>? open, Func<string, bool>? resident)
    {
        if (level > ShareLevel.Speed) return Oldest(node, runs, resident) is { } job ? (node, job) : null;
        double? last = null;
        foreach (var child in node.Busy)
        {
            if (child.Start > last) break;
            if (!child.Has(runs) || level < ShareLevel.Speed && open?.Invoke(level, child.Sample) is false) continue;
            if (resident is not null && last is null)
            {
                // Who may not be served now is not due either: the lag counts from the first of those who may.
                if (Find(child, level + 1, runs, open, resident: null) is null) continue;
                last = child.Start + AffinityLag;
            }
            if ((resident is null || child.Has(resident)) && Find(child, level + 1, runs, open, resident) is { } found) return found;
        }
        return null;
    }

    /// <summary>
    /// The oldest job that can be run; or the oldest of a resident model, unless its end lies more than the lag behind the place of that one. So the jobs that ever go before
    /// an older one lie, one beside another, in a window of the length of the lag behind it: their charges sum to no more.
    /// </summary>
    private static QueuedJob? Oldest(ShareNode leaf, Func<string, bool> runs, Func<string, bool>? resident)
    {
        if (First(leaf, runs) is not { } due) return null;
        if (resident is null) return due.Job;
        return First(leaf, resident) is { } job && (job.Arrival == due.Arrival || job.Before + Charge(job.Job) - due.Before <= AffinityLag) ? job.Job : null;
    }

    private static WaitingJob? First(ShareNode leaf, Func<string, bool> models)
    {
        WaitingJob? oldest = null;
        foreach (var (model, jobs) in leaf.Jobs)
            if (jobs.First is { Value: var head } && (oldest is not { } found || head.Arrival < found.Arrival) && models(model)) oldest = head;
        return oldest;
    }
}
