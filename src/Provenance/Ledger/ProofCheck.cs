namespace Vitrine.Provenance.Ledger;

/// <summary>Checks proofs against roots, with nothing else in hand.</summary>
public static class ProofCheck
{
    /// <summary>Hashes that a proof can have at most: a tree of 2^62 leaves has 62 levels, and a consistency proof one hash more.</summary>
    public const int MaxHashes = 63;

    /// <summary>Whether the leaf stands at this index of the tree with this size and root (RFC 9162, section 2.1.3.2).</summary>
    public static bool Included(TreeHash leaf, long index, long size, TreeHash root, IReadOnlyList<TreeHash> proof)
    {
        if (index < 0 || index >= size || proof.Count > MaxHashes) return false;
        var (node, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in proof)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = TreeHash.OfNode(sibling, hash);
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                hash = TreeHash.OfNode(hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && hash == root;
    }

    /// <summary>
    /// Whether the tree of the first size is the beginning of the tree of the second (RFC 9162, section 2.1.4.2). The tree without leaves is the beginning of every
    /// tree, and a tree of itself; both need no hashes.
    /// </summary>
    public static bool Consistent(long from, TreeHash fromRoot, long to, TreeHash toRoot, IReadOnlyList<TreeHash> proof)
    {
        if (from < 0 || from > to || proof.Count > MaxHashes) return false;
        if (from == to) return fromRoot == toRoot && proof.Count == 0;
        if (from == 0) return fromRoot == TreeHash.OfNothing && proof.Count == 0;

        // A power of two is a subtree whose root stands for itself and is left out of the proof.
        var rest = 0;
        TreeHash first;
        if ((from & from - 1) == 0) first = fromRoot;
        else if (proof.Count == 0) return false;
        else (first, rest) = (proof[0], 1);

        var (node, last) = (from - 1, to - 1);
        while ((node & 1) == 1) (node, last) = (node >> 1, last >> 1);
        var (older, newer) = (first, first);
        for (; rest < proof.Count; rest++)
        {
            if (last == 0) return false;
            var sibling = proof[rest];
            if ((node & 1) == 1 || node == last)
            {
                (older, newer) = (TreeHash.OfNode(sibling, older), TreeHash.OfNode(sibling, newer));
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                newer = TreeHash.OfNode(newer, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && older == fromRoot && newer == toRoot;
    }
}
