using System.Numerics;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// The right edge of a growing Merkle tree: the roots of its perfect subtrees, one for each bit of its size, largest first. It is all that appending needs,
/// so a log of a million leaves grows with twenty hashes in hand.
/// </summary>
public sealed class CompactRange
{
    private readonly List<TreeHash> _roots;

    /// <summary>An empty tree.</summary>
    public CompactRange() => _roots = [];

    private CompactRange(long size, List<TreeHash> roots) => (Size, _roots) = (size, roots);

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>A tree of this size whose perfect subtrees have these roots, largest first, as <see cref="ToArray"/> wrote them.</summary>
    /// <exception cref="InvalidDataException">The bytes do not fit the size.</exception>
    public static CompactRange Of(long size, ReadOnlySpan<byte> roots)
    {
        if (size < 0 || roots.Length != BitOperations.PopCount((ulong)size) * TreeHash.Size)
            throw new InvalidDataException($"{roots.Length} bytes are no right edge of a tree of {size} leaves.");
        var list = new List<TreeHash>();
        for (; roots.Length > 0; roots = roots[TreeHash.Size..]) list.Add(new(roots[..TreeHash.Size]));
        return new(size, list);
    }

    /// <summary>
    /// Adds a leaf. <paramref name="completed"/> hears of every perfect subtree that it completes, from the leaf itself (level 0) upwards: its level, its index
    /// within the level, its root.
    /// </summary>
    public void Append(TreeHash leaf, Action<int, long, TreeHash>? completed = null)
    {
        var index = Size++;
        completed?.Invoke(0, index, leaf);
        for (var level = 1; (index & 1) == 1; level++)
        {
            leaf = TreeHash.OfNode(_roots[^1], leaf);
            _roots.RemoveAt(_roots.Count - 1);
            index >>= 1;
            completed?.Invoke(level, index, leaf);
        }
        _roots.Add(leaf);
    }

    /// <summary>Adds 2^<paramref name="level"/> leaves at once, by the root of the perfect subtree that they are.</summary>
    /// <exception cref="InvalidOperationException">The tree so far does not end where such a subtree begins.</exception>
    internal void AppendSubtree(int level, TreeHash root)
    {
        var count = 1L << level;
        if ((Size & (count - 1)) != 0) throw new InvalidOperationException($"A subtree of {count} leaves cannot begin after {Size}.");
        for (var index = Size >> level; (index & 1) == 1; index >>= 1)
        {
            root = TreeHash.OfNode(_roots[^1], root);
            _roots.RemoveAt(_roots.Count - 1);
        }
        _roots.Add(root);
        Size += count;
    }

    /// <summary>The root of the whole tree (RFC 9162, section 2.1.1).</summary>
    public TreeHash Root()
    {
        if (_roots.Count == 0) return TreeHash.OfNothing;
        var root = _roots[^1];
        for (var i = _roots.Count - 2; i >= 0; i--) root = TreeHash.OfNode(_roots[i], root);
        return root;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[_roots.Count * TreeHash.Size];
        for (var i = 0; i < _roots.Count; i++) _roots[i].CopyTo(bytes.AsSpan(i * TreeHash.Size));
        return bytes;
    }
}
