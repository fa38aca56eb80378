using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>The levels at which devices are shared.</summary>
public enum ShareLevel { Tenant, Project, User, Speed }

/// <summary>A job in a leaf, in the order of arrival.</summary>
/// <param name="Before">The charges of all jobs that came to this leaf before it, served ones too: its place on the leaf's own scale.</param>
internal readonly record struct WaitingJob(long Arrival, double Before, QueuedJob Job);

/// <summary>Where a job stands in the order of arrival, or stood when it was taken.</summary>
/// <param name="Before">The charges of all jobs that came to its leaf before it.</param>
/// <param name="Charged">Whether its owners were charged for it when it was taken.</param>
public readonly record struct SharePlace(long Arrival, double Before, bool Charged = false);

/// <summary>A tenant, a project, a user or a speed class that has work, and what it is owed. See <see cref="FairShare"/>.</summary>
internal sealed class ShareNode(string name, ShareNode? parent = null)
{
    private static readonly Comparer<ShareNode> ByStart = Comparer<ShareNode>.Create((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : string.CompareOrdinal(a.Name, b.Name));

    private readonly Dictionary<string, ShareNode> _children = [];
    private readonly SortedSet<ShareNode> _busy = new(ByStart), _idle = new(ByStart);
    private readonly Dictionary<string, int> _models = [];
    private readonly Dictionary<string, LinkedList<WaitingJob>> _jobs = [];
    private double _appended;

    public string Name => name;
    public ShareNode? Parent => parent;
    public int Weight { get; private set; } = 1;
    public int Count { get; private set; }

    /// <summary>Virtual start time of this node among its siblings.</summary>
    public double Start { get; private set; }

    /// <summary>Virtual time of the children: the greatest start time served so far.</summary>
    public double Now { get; private set; }

    /// <summary>The largest charge of one job since this node last had no work.</summary>
    public double LargestCharge { get; private set; }

    /// <summary>The charges of all jobs that wait here. Charges are quarters of micro-credits, so their sum is exact.</summary>
    public double Charges { get; private set; }

    /// <summary>Children with work, the one to be served next first.</summary>
    public IReadOnlyCollection<ShareNode> Busy => _busy;

    /// <summary>Whether nothing that waits in this leaf came later.</summary>
    public bool IsNewest(long arrival)
    {
        foreach (var jobs in _jobs.Values)
            if (jobs.Last is { } last && last.Value.Arrival > arrival) return false;
        return true;
    }

    /// <summary>Waiting jobs of this leaf, one list a model, each in the order of arrival.</summary>
    public IReadOnlyDictionary<string, LinkedList<WaitingJob>> Jobs => _jobs;

    public int Descendants => _children.Values.Sum(child => 1 + child.Descendants);

    /// <summary>Any job of this subtree: the limits of its levels are the same in all of them.</summary>
    public QueuedJob Sample => _busy.Count > 0 ? _busy.Min!.Sample : _jobs.Values.First(jobs => jobs.Count > 0).First!.Value.Job;

    /// <summary>Whether a job of one of these models waits here.</summary>
    public bool Has(Func<string, bool> models)
    {
        foreach (var model in _models.Keys)
            if (models(model)) return true;
        return false;
    }

    public ShareNode Child(string child, int? weight)
    {
        if (!_children.TryGetValue(child, out var node))
        {
            _children[child] = node = new ShareNode(child, this) { Start = Now };
            _idle.Add(node);
        }
        else if (node.Count == 0 && node.Start < Now)
        {
            _idle.Remove(node);
            node.Start = Now;
            _idle.Add(node);
        }
        node.Weigh(weight);
        return node;
    }

    /// <summary>Sets the weight from now on; what was charged stays charged.</summary>
    public void Weigh(int? weight) => Weight = Math.Max(1, weight ?? 1);

    public SharePlace Reserve(long arrival, double charge)
    {
        var before = _appended;
        _appended += charge;
        return new SharePlace(arrival, before);
    }

    /// <summary>Puts a job where it belongs in the order of arrival: mostly at the end, or, if it had been taken, near the front. Nobody who came later may have less before it.</summary>
    public LinkedListNode<WaitingJob> Insert(WaitingJob job)
    {
        if (!_jobs.TryGetValue(job.Job.Model, out var own)) _jobs[job.Job.Model] = own = [];
        var before = Math.Min(job.Before, _appended);
        foreach (var jobs in _jobs.Values)
            if (Later(jobs, job.Arrival) is { } later) before = Math.Min(before, later.Value.Before);
        job = job with { Before = before };
        return Later(own, job.Arrival) is { } next ? own.AddBefore(next, job) : own.AddLast(job);
    }

    // The first that came later. Whoever comes anew is behind all others, and looks at none of them.
    private static LinkedListNode<WaitingJob>? Later(LinkedList<WaitingJob> jobs, long arrival)
    {
        if (jobs.Last is not { } last || last.Value.Arrival < arrival) return null;
        var next = jobs.First!;
        while (next.Value.Arrival < arrival) next = next.Next!;
        return next;
    }

    /// <summary>Counts a job in from a leaf up to the root.</summary>
    public void CountIn(string model, double charge)
    {
        for (var node = this; node is not null; node = node.Parent)
        {
            node._models[model] = node._models.GetValueOrDefault(model) + 1;
            node.LargestCharge = Math.Max(node.LargestCharge, charge);
            node.Charges += charge;
            if (node.Count++ > 0 || node.Parent is not { } above) continue;
            above._idle.Remove(node);
            above._busy.Add(node);
        }
    }

    /// <summary>Counts a job out from a leaf up to the root, and forgets whoever is owed nothing.</summary>
    public void CountOut(string model, double charge)
    {
        for (var node = this; node is not null; node = node.Parent)
        {
            if (--node._models[model] == 0) node._models.Remove(model);
            node.Charges -= charge;
            if (--node.Count == 0)
            {
                node.LargestCharge = 0;
                if (node.Parent is { } above)
                {
                    above._busy.Remove(node);
                    above._idle.Add(node);
                }
            }
            node.Forget();
        }
    }

    /// <summary>Charges a job that is served to this node and all above it.</summary>
    public void Charge(double charge)
    {
        for (var node = this; node.Parent is { } above; node = above)
        {
            above.Now = Math.Max(above.Now, node.Start);
            node.StartAt(node.Start + charge / node.Weight);
            above.Forget();
        }
    }

    /// <summary>
    /// Takes back what <see cref="Charge"/> did for a job that comes back. A node that was brought to the present time meanwhile stood earlier without that charge, so this never gives it more than it is owed.
    /// </summary>
    public void Refund(double charge)
    {
        for (var node = this; node.Parent is not null; node = node.Parent) node.StartAt(node.Start - charge / node.Weight);
    }

    private void StartAt(double start)
    {
        var among = Count > 0 ? parent!._busy : parent!._idle;
        among.Remove(this);
        Start = start;
        among.Add(this);
    }

    /// <summary>
    /// Drops the children that would start at the present time anyway. Where nothing waits any more that is all of them: as in the paper, a new
    /// busy period owes nothing to the last one.
    /// </summary>
    private void Forget()
    {
        if (Count == 0)
        {
            _children.Clear();
            _idle.Clear();
            _jobs.Clear();
            _appended = 0;
            Now = 0;
        }
        else
            while (_idle.Min is { } first && first.Start <= Now)
            {
                _idle.Remove(first);
                _children.Remove(first.Name);
            }
    }
}
