using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>Walks through the order of service without serving: clocks of its own over the nodes of a <see cref="FairShare"/>, made only for those that it comes to.</summary>
internal sealed class SharePreview
{
    private readonly ShareNode _node;
    private readonly PriorityQueue<SharePreview, (double Start, string Name)>? _children;
    private readonly IEnumerator<QueuedJob>? _jobs;
    private double _start;

    public SharePreview(ShareNode node)
    {
        (_node, _start) = (node, node.Start);
        if (node.Busy.Count > 0)
        {
            _children = new PriorityQueue<SharePreview, (double, string)>(node.Busy.Count, ByStart);
            foreach (var child in node.Busy) _children.Enqueue(new SharePreview(child), (child.Start, child.Name));
        }
        else _jobs = InOrder(node).GetEnumerator();
    }

    private static readonly Comparer<(double Start, string Name)> ByStart =
        Comparer<(double Start, string Name)>.Create((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : string.CompareOrdinal(a.Name, b.Name));

    public QueuedJob? Next()
    {
        if (_children is null) return _jobs!.MoveNext() ? _jobs.Current : null;
        while (_children.TryDequeue(out var child, out _))
        {
            if (child.Next() is not { } job) continue;
            child._start += FairShare.Charge(job) / child._node.Weight;
            _children.Enqueue(child, (child._start, child._node.Name));
            return job;
        }
        return null;
    }

    private static IEnumerable<QueuedJob> InOrder(ShareNode leaf)
    {
        var heads = new PriorityQueue<LinkedListNode<WaitingJob>, long>();
        foreach (var jobs in leaf.Jobs.Values)
            if (jobs.First is { } head) heads.Enqueue(head, head.Value.Arrival);
        while (heads.TryDequeue(out var next, out _))
        {
            yield return next.Value.Job;
            if (next.Next is { } following) heads.Enqueue(following, following.Value.Arrival);
        }
    }
}
