using System.Globalization;
using System.Text;

namespace Vitrine.Provenance.Ledger;

/// <summary>What is wrong with a log. Stable codes, for programs; <see cref="LogFinding.Sentence"/> is for people.</summary>
public static class LogCodes
{
    /// <summary>An entry is no envelope of ours, in its one spelling.</summary>
    public const string EntryMalformed = "log.entry.malformed";

    /// <summary>An entry speaks of another tenant.</summary>
    public const string EntryForeign = "log.entry.foreign";

    /// <summary>An entry's sequence number is not larger than that of the entry before: entries were reordered or doubled.</summary>
    public const string OrderBroken = "log.order.broken";

    /// <summary>A stream's event is missing, doubled or out of turn: an entry was left out before the log was signed.</summary>
    public const string StreamBroken = "log.stream.broken";

    /// <summary>The entries do not hash to the root that was signed: one was altered, removed or added.</summary>
    public const string RootDiffers = "log.root.differs";

    /// <summary>The log has fewer entries than a checkpoint says: its tail was cut off.</summary>
    public const string Truncated = "log.truncated";

    /// <summary>A checkpoint is not signed by the log's key.</summary>
    public const string SignatureForeign = "log.signature.foreign";

    /// <summary>A checkpoint is of another log.</summary>
    public const string OriginForeign = "log.origin.foreign";

    /// <summary>Two checkpoints of one log cannot both be true: history was forked.</summary>
    public const string Forked = "log.forked";

    /// <summary>A checkpoint is older than one that was seen before.</summary>
    public const string Replayed = "log.replayed";

    /// <summary>Fewer witnesses than asked for cosigned a checkpoint: others may have been shown another one.</summary>
    public const string QuorumMissed = "log.quorum.missed";

    /// <summary>A cosignature bears the name of a witness that did not make it.</summary>
    public const string CosignatureForged = "log.cosignature.forged";
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Index">The entry, or the size of the checkpoint, at which it shows.</param>
public sealed record LogFinding(string Code, long Index, string Sentence);

/// <summary>
/// Goes through a tenant's log from its first entry, in order, and says what does not hold: form, order, completeness of every stream, and the root at every
/// checkpoint that the auditor has. It needs nothing but the entries and the checkpoints.
/// </summary>
public sealed class LogAudit
{
    /// <summary>Findings that are kept; a log that is wrong everywhere is not described further.</summary>
    public const int MaxFindings = 100;

    private readonly byte[] _tenant;
    private readonly CompactRange _tree = new();
    private readonly StreamVersions _versions = new();
    private readonly List<LogFinding> _findings = [];
    private readonly Queue<Checkpoint> _due;
    private readonly Checkpoint? _last;
    private long _sequence = -1;

    /// <param name="checkpoints">Checkpoints of this log whose signatures are checked already, see <see cref="CheckpointHistory"/>.</param>
    public LogAudit(string tenant, IEnumerable<Checkpoint> checkpoints)
    {
        _tenant = Encoding.UTF8.GetBytes(tenant);
        _due = new(checkpoints.OrderBy(checkpoint => checkpoint.Size));
        _last = _due.LastOrDefault();
        Compare();
    }

    /// <summary>Entries seen.</summary>
    public long Count => _tree.Size;

    /// <summary>The next entry.</summary>
    public void Add(ReadOnlySpan<byte> entry)
    {
        Check(AuditBatch.Facts.Of(entry, ..), entry, _tree.Size);
        _tree.Append(TreeHash.OfLeaf(entry));
        Compare();
    }

    /// <summary>The next entries, which <see cref="AuditBatch.Prepare"/> has prepared.</summary>
    public void Add(AuditBatch batch)
    {
        for (var i = 0; i < batch.Count; i++) Check(batch[i], batch.Bytes, _tree.Size + i);
        var checkpointWithin = _due.TryPeek(out var next) && next.Size < _tree.Size + batch.Count;
        if (batch.Level is { } level && _tree.Size % batch.Count == 0 && !checkpointWithin)
        {
            _tree.AppendSubtree(level, batch.Root);
            Compare();
            return;
        }
        for (var i = 0; i < batch.Count; i++)
        {
            _tree.Append(batch.Hash(i));
            Compare();
        }
    }

    /// <summary>After the last entry: everything that does not hold, in the order of the log, whatever batches it came in; empty when the log is what the checkpoints say.</summary>
    public IReadOnlyList<LogFinding> End()
    {
        if (_last is not null && _last.Size > _tree.Size)
            _findings.Add(new(LogCodes.Truncated, _tree.Size, string.Create(CultureInfo.InvariantCulture, $"The log ends after {_tree.Size} entries, and a checkpoint over {_last.Size} was signed.")));
        return [.. _findings.OrderBy(finding => finding.Index).ThenBy(finding => finding.Code, StringComparer.Ordinal)];
    }

    /// <summary>The root over all entries so far.</summary>
    public TreeHash Root() => _tree.Root();

    private void Check(in AuditBatch.Facts leaf, ReadOnlySpan<byte> bytes, long index)
    {
        if (!leaf.IsEnvelope)
        {
            Found(LogCodes.EntryMalformed, index, "it is no leaf envelope");
            return;
        }
        var stream = bytes[leaf.Stream];
        if (!bytes[leaf.Tenant].SequenceEqual(_tenant)) Found(LogCodes.EntryForeign, index, $"it is of the tenant '{LeafSpans.Text(bytes[leaf.Tenant])}'");
        if (leaf.Sequence <= _sequence) Found(LogCodes.OrderBroken, index, string.Create(CultureInfo.InvariantCulture, $"it has number {leaf.Sequence} after {_sequence}"));
        var expected = _versions.Replace(stream, leaf.Version) + 1;
        if (leaf.Version != expected)
            Found(LogCodes.StreamBroken, index, string.Create(CultureInfo.InvariantCulture, $"it is event {leaf.Version} of {LeafSpans.Text(stream)}, where event {expected} belongs"));
        _sequence = Math.Max(_sequence, leaf.Sequence);
    }

    private void Compare()
    {
        while (_due.TryPeek(out var next) && next.Size == _tree.Size)
        {
            _due.Dequeue();
            if (_tree.Root() != next.Root && _findings.Count < MaxFindings)
                _findings.Add(new(LogCodes.RootDiffers, next.Size, string.Create(CultureInfo.InvariantCulture, $"The first {next.Size} entries are not those that were signed.")));
        }
    }

    private void Found(string code, long index, string what)
    {
        if (_findings.Count < MaxFindings) _findings.Add(new(code, index, string.Create(CultureInfo.InvariantCulture, $"Entry {index}: {what}.")));
    }
}
