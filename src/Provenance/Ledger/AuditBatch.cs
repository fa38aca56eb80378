using System.Numerics;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// Entries of a log that follow each other, read and hashed ahead of their turn, so that several cores can work on one log: <see cref="Prepare"/> may run anywhere,
/// and <see cref="LogAudit.Add(AuditBatch)"/> takes batches in the order of the log. Made to be used again.
/// </summary>
public sealed class AuditBatch
{
    /// <summary>Entries of a batch. A power of two: the batches of a whole log are perfect subtrees of it.</summary>
    public const int MaxEntries = 1024;

    private readonly Range[] _entries = new Range[MaxEntries];
    private readonly Facts[] _facts = new Facts[MaxEntries];
    private readonly TreeHash[] _hashes = new TreeHash[MaxEntries];
    private readonly TreeHash[] _nodes = new TreeHash[MaxEntries / 2];
    private byte[] _bytes = new byte[256 * MaxEntries];
    private int _used;

    public int Count { get; private set; }

    public bool IsFull => Count == MaxEntries;

    /// <summary>Takes a copy of the next entry.</summary>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public void Add(ReadOnlySpan<byte> entry)
    {
        if (IsFull) throw new InvalidOperationException($"A batch holds {MaxEntries} entries.");
        if (entry.Length > _bytes.Length - _used) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _used + entry.Length));
        entry.CopyTo(_bytes.AsSpan(_used));
        _entries[Count++] = _used..(_used += entry.Length);
    }

    /// <summary>Does what needs no other entry: reads the envelopes and hashes leaves and the subtree above them.</summary>
    public AuditBatch Prepare()
    {
        var bytes = _bytes.AsSpan(0, _used);
        Sha256Lanes.Leaves(bytes, _entries.AsSpan(0, Count), _hashes);
        for (var i = 0; i < Count; i++) _facts[i] = Facts.Of(bytes, _entries[i]);
        if (Level is { } level)
        {
            var below = (ReadOnlySpan<TreeHash>)_hashes.AsSpan(0, Count);
            for (; level > 0; level--, below = _nodes.AsSpan(0, below.Length / 2)) Sha256Lanes.Nodes(below, _nodes);
            Root = below[0];
        }
        return this;
    }

    /// <summary>Empties the batch.</summary>
    public AuditBatch Clear()
    {
        (Count, _used) = (0, 0);
        return this;
    }

    /// <summary>The level of the perfect subtree that the entries are, where their number is a power of two; null otherwise.</summary>
    internal int? Level => BitOperations.IsPow2(Count) ? BitOperations.Log2((uint)Count) : null;

    /// <summary>The root of that subtree.</summary>
    internal TreeHash Root { get; private set; }

    internal TreeHash Hash(int i) => _hashes[i];

    internal ReadOnlySpan<byte> Bytes => _bytes;

    internal ref readonly Facts this[int i] => ref _facts[i];

    /// <summary>What the order of a log is judged by.</summary>
    internal readonly record struct Facts(bool IsEnvelope, Range Tenant, Range Stream, long Version, long Sequence)
    {
        public static Facts Of(ReadOnlySpan<byte> bytes, Range entry) =>
            LeafEnvelope.TryRead(bytes[entry], out var leaf) ? new(true, Place(bytes, leaf.Tenant), Place(bytes, leaf.Stream), leaf.Version, leaf.Sequence) : default;

        private static Range Place(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part) => bytes.Overlaps(part, out var at) ? at..(at + part.Length) : default;
    }
}
