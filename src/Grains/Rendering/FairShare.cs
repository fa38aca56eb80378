using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// Who is next: hierarchical start-time fair queueing (Goyal, Vin, Cheng 1996) over tenant → project → user, in units of cost. Every child of a
/// node has a virtual start time; the least is served next, and a child's time then grows by cost divided by weight. A child that comes back
/// after idling starts at its parent's present time, so idleness saves nothing up.
/// <para>
/// Bound: while two children of one node both have work, the credits per weight that they have received differ by at most
/// c₁/w₁ + c₂/w₂, where c is the largest cost of one job of each (theorem 1 of the paper). So nobody waits for more than the others' shares.
/// </para>
/// </summary>
public sealed class FairShare
{
    private readonly Node _root = new("");
    private readonly Dictionary<JobKey, (QueuedJob Job, Node Leaf)> _waiting = [];

    public int Count => _waiting.Count;
    public IEnumerable<QueuedJob> Waiting => _waiting.Values.Select(each => each.Job);

    /// <summary>Tenants, projects and users of which something is kept.</summary>
    public int Remembered => _root.Descendants;

    public QueuedJob? Find(JobKey job) => _waiting.TryGetValue(job, out var found) ? found.Job : null;
    public bool Contains(JobKey job) => _waiting.ContainsKey(job);

    public void Add(QueuedJob job)
    {
        if (_waiting.ContainsKey(job.Job)) return;
        var tenant = _root.Child(job.Job.Tenant.Value, job.TenantLimits.Weight);
        var project = tenant.Child(job.Project, job.ProjectLimits.Weight);
        var user = project.Child(job.User ?? "", job.UserLimits.Weight);
        user.Jobs.AddLast(job);
        _waiting[job.Job] = (job, user);
        foreach (var node in Path(user)) node.Count++;
    }

    public bool Remove(JobKey job)
    {
        if (!_waiting.Remove(job, out var found)) return false;
        found.Leaf.Jobs.Remove(found.Job);
        foreach (var node in Path(found.Leaf))
        {
            node.Count--;
            node.Forget();
        }
        return true;
    }

    /// <summary>Takes the next job out that <paramref name="eligible"/> allows; null when there is none.</summary>
    public QueuedJob? Take(Func<QueuedJob, bool> eligible)
    {
        if (Find(_root, eligible) is not var (leaf, job)) return null;
        Charge(leaf, job);
        Remove(job.Job);
        return job;
    }

    /// <summary>
    /// How many jobs will be served before each waiting one if nothing else arrives; in the order of service. Works on a copy; at most
    /// <paramref name="most"/> jobs are looked at.
    /// </summary>
    public IEnumerable<QueuedJob> Order(int most)
    {
        var copy = new FairShare();
        copy.Copy(_root, copy._root);
        for (var i = 0; i < most && copy.Take(_ => true) is { } next; i++) yield return next;
    }

    private static (Node Leaf, QueuedJob Job)? Find(Node node, Func<QueuedJob, bool> eligible)
    {
        if (node.Count == 0) return null;
        foreach (var job in node.Jobs)
            if (eligible(job)) return (node, job);
        foreach (var child in node.Children.Values.Where(child => child.Count > 0).OrderBy(child => child.Start).ThenBy(child => child.Name, StringComparer.Ordinal))
            if (Find(child, eligible) is { } found) return found;
        return null;
    }

    private static void Charge(Node leaf, QueuedJob job)
    {
        for (var node = leaf; node.Parent is { } parent; node = parent)
        {
            parent.Now = Math.Max(parent.Now, node.Start);
            parent.Forget();
            node.Start += Math.Max(1, job.Cost.Micro) / (double)node.Weight / SpeedWeight(job.Speed);
        }
    }

    /// <summary>Of jobs with the same price per picture, turbo advances its owner's clock half as fast as fast, relax twice.</summary>
    private static double SpeedWeight(Speed speed) => speed switch { Speed.Turbo => 4, Speed.Relax => 0.25, _ => 1 };

    private static IEnumerable<Node> Path(Node leaf)
    {
        for (var node = leaf; node is not null; node = node.Parent) yield return node;
    }

    private void Copy(Node from, Node to)
    {
        (to.Start, to.Now, to.Count) = (from.Start, from.Now, from.Count);
        foreach (var job in from.Jobs) _waiting[to.Jobs.AddLast(job).Value.Job] = (job, to);
        foreach (var child in from.Children.Values) Copy(child, to.Child(child.Name, child.Weight));
    }

    private sealed class Node(string name, Node? parent = null)
    {
        public string Name => name;
        public Node? Parent => parent;
        public Dictionary<string, Node> Children { get; } = [];
        public LinkedList<QueuedJob> Jobs { get; } = [];
        public int Weight { get; private set; } = 1;
        public int Count { get; set; }
        public int Descendants => Children.Values.Sum(child => 1 + child.Descendants);

        /// <summary>Virtual start time of this node among its siblings.</summary>
        public double Start { get; set; }

        /// <summary>Virtual time of the children: the greatest start time served so far.</summary>
        public double Now { get; set; }

        /// <summary>
        /// Drops the children that would start at the present time anyway. Where nothing waits any more that is all of them: as in the paper, a new
        /// busy period owes nothing to the last one.
        /// </summary>
        public void Forget()
        {
            if (Count == 0)
            {
                Children.Clear();
                Now = 0;
            }
            else
            {
                foreach (var child in Children.Values)
                    if (child.Count == 0 && child.Start <= Now) Children.Remove(child.Name);
            }
        }

        public Node Child(string child, int? weight)
        {
            if (!Children.TryGetValue(child, out var node)) Children[child] = node = new Node(child, this) { Start = Now };
            else if (node.Count == 0) node.Start = Math.Max(node.Start, Now);
            node.Weight = Math.Max(1, weight ?? 1);
            return node;
        }
    }
}
