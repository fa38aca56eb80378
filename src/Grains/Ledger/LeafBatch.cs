using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>New leaves of some logs, with everything that follows from them. Pure: equal events on equal trees make equal batches.</summary>
public sealed class LeafBatch
{
    private LeafBatch(Dictionary<string, CompactRange> trees) => Trees = trees;

    public List<(string Log, long Index, long Sequence, byte[] Entry, TreeHash Hash)> Leaves { get; } = [];

    /// <summary>Roots of tiles that became full: level and index of the tile whose hash each is.</summary>
    public List<(string Log, int Level, long Index, TreeHash Hash)> Nodes { get; } = [];

    /// <summary>The right edges, after the leaves.</summary>
    public Dictionary<string, CompactRange> Trees { get; }

    /// <param name="trees">The right edge of every log concerned; they grow.</param>
    /// <param name="salt">The salt of an event's leaf.</param>
    public static LeafBatch Of(IReadOnlyList<CommittedEvent> events, Dictionary<string, CompactRange> trees, Func<CommittedEvent, byte[]> salt)
    {
        var batch = new LeafBatch(trees);
        foreach (var e in events)
        {
            var (tree, entry) = (trees[e.Tenant], e.Envelope(salt(e)).ToBytes());
            var hash = TreeHash.OfLeaf(entry);
            batch.Leaves.Add((e.Tenant, tree.Size, e.Sequence, entry, hash));
            tree.Append(hash, (level, index, root) => { if (TileRoot(level) is { } tile) batch.Nodes.Add((e.Tenant, tile, index, root)); });
        }
        return batch;
    }

    /// <summary>The level of tiles in which the root of a subtree of this level stands; null for leaves and for what lies between two levels of tiles.</summary>
    internal static int? TileRoot(int level) => level > 0 && level % Tile.Height == 0 ? level / Tile.Height : null;
}

/// <summary>Checkpoints of tenants' logs, which are the next leaves of the platform's log, and its checkpoint over them.</summary>
public sealed record CheckpointBatch(
    IReadOnlyList<(string Log, long Size, SignedNote Note)> Checkpoints, long FirstPlatformLeaf, CompactRange PlatformTree, SignedNote PlatformNote,
    IReadOnlyList<(int Level, long Index, TreeHash Hash)> Nodes)
{
    /// <param name="platform">The platform's right edge; it grows.</param>
    public static CheckpointBatch Of(IReadOnlyList<(LogId Log, CompactRange Tree)> logs, CompactRange platform, LedgerOptions options)
    {
        var (first, checkpoints, nodes) = (platform.Size, new List<(string, long, SignedNote)>(), new List<(int, long, TreeHash)>());
        foreach (var (log, tree) in logs)
        {
            var note = new Checkpoint(options.OriginOf(log), tree.Size, tree.Root()).Sign(options.Signer);
            checkpoints.Add((log.Value, tree.Size, note));
            platform.Append(TreeHash.OfLeaf(note.ToBytes()), (level, index, root) => { if (LeafBatch.TileRoot(level) is { } tile) nodes.Add((tile, index, root)); });
        }
        return new(checkpoints, first, platform, new Checkpoint(options.Origin, platform.Size, platform.Root()).Sign(options.Signer), nodes);
    }
}
