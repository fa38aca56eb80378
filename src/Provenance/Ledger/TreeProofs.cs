using System.Numerics;

namespace Vitrine.Provenance.Ledger;

/// <summary>A perfect subtree: the leaves from <c>Index · 2^Level</c> on, 2^Level of them.</summary>
public readonly record struct TreeNode(int Level, long Index);

/// <summary>
/// Inclusion and consistency proofs of RFC 9162 (sections 2.1.3 and 2.1.4): which perfect subtrees each hash of a proof is made of, so that a caller knows what
/// to fetch before anything is hashed, and the hashes themselves.
/// </summary>
public static class TreeProofs
{
    /// <summary>The proof that leaf <paramref name="index"/> is in the tree of <paramref name="size"/> leaves, from the leaf's sibling upwards.</summary>
    /// <param name="hash">The root of a perfect subtree within the tree.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public static IReadOnlyList<TreeHash> Inclusion(long index, long size, Func<TreeNode, TreeHash> hash) => Hashes(InclusionRanges(index, size), hash);

    /// <summary>The proof that the tree of <paramref name="from"/> leaves is the beginning of the tree of <paramref name="to"/> leaves; empty for 0 and for equal sizes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ from ≤ to.</exception>
    public static IReadOnlyList<TreeHash> Consistency(long from, long to, Func<TreeNode, TreeHash> hash) => Hashes(ConsistencyRanges(from, to), hash);

    /// <summary>The root of the first <paramref name="size"/> leaves.</summary>
    public static TreeHash Root(long size, Func<TreeNode, TreeHash> hash) => size == 0 ? TreeHash.OfNothing : Hash(new(0, size), hash);

    /// <summary>Every subtree that <see cref="Inclusion"/> asks for.</summary>
    public static IEnumerable<TreeNode> InclusionNodes(long index, long size) => InclusionRanges(index, size).SelectMany(Nodes);

    /// <summary>Every subtree that <see cref="Consistency"/> asks for.</summary>
    public static IEnumerable<TreeNode> ConsistencyNodes(long from, long to) => ConsistencyRanges(from, to).SelectMany(Nodes);

    /// <summary>Every subtree that <see cref="Root"/> asks for.</summary>
    public static IEnumerable<TreeNode> RootNodes(long size) => size == 0 ? [] : Nodes(new(0, size));

    // PATH(m, D_n): the siblings of the way from the root down to the leaf, in reverse.
    private static List<LeafRange> InclusionRanges(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var ranges = new List<LeafRange>();
        for (var range = new LeafRange(0, size); range.Count > 1;)
        {
            var (left, right) = range.Halves();
            (range, var sibling) = index < right.Begin ? (left, right) : (right, left);
            ranges.Add(sibling);
        }
        ranges.Reverse();
        return ranges;
    }

    // SUBPROOF(m, D_n, b): as above, down to the subtree in which the old tree ends; its own hash belongs to the proof unless it is the whole old tree.
    private static List<LeafRange> ConsistencyRanges(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        var ranges = new List<LeafRange>();
        if (from == 0 || from == to) return ranges;
        var range = new LeafRange(0, to);
        while (range.End != from)
        {
            var (left, right) = range.Halves();
            (range, var sibling) = from <= left.End ? (left, right) : (right, left);
            ranges.Add(sibling);
        }
        if (range.Begin != 0) ranges.Add(range);
        ranges.Reverse();
        return ranges;
    }

    private static List<TreeHash> Hashes(List<LeafRange> ranges, Func<TreeNode, TreeHash> hash) => ranges.ConvertAll(range => Hash(range, hash));

    private static TreeHash Hash(LeafRange range, Func<TreeNode, TreeHash> hash)
    {
        if (range.Perfect is { } node) return hash(node);
        var (left, right) = range.Halves();
        return TreeHash.OfNode(Hash(left, hash), Hash(right, hash));
    }

    private static IEnumerable<TreeNode> Nodes(LeafRange range)
    {
        for (var perfect = range.Perfect; ; perfect = range.Perfect)
        {
            if (perfect is { } node)
            {
                yield return node;
                yield break;
            }
            (var left, range) = range.Halves();
            yield return left.Perfect!.Value;
        }
    }

    /// <summary>Leaves of one subtree of the whole tree: it begins at a multiple of the smallest power of two that holds it.</summary>
    private readonly record struct LeafRange(long Begin, long End)
    {
        public long Count => End - Begin;

        public TreeNode? Perfect => BitOperations.IsPow2(Count) ? new(BitOperations.Log2((ulong)Count), Begin >> BitOperations.Log2((ulong)Count)) : null;

        /// <summary>Split after the largest power of two that is smaller than the count.</summary>
        public (LeafRange Left, LeafRange Right) Halves()
        {
            var middle = Begin + (1L << BitOperations.Log2((ulong)(Count - 1)));
            return (new(Begin, middle), new(middle, End));
        }
    }
}
