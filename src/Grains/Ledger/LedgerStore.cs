using Npgsql;
using NpgsqlTypes;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>The writer's side of the ledger's tables.</summary>
public sealed class LedgerStore(NpgsqlDataSource database)
{
    /// <summary>Begins a turn: every other writer is refused from now on.</summary>
    public async Task<LedgerTurn> Open(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select seq, epoch from vitrine.ledger_open()");
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? new(row.GetInt64(1), row.GetInt64(0)) : throw new InvalidOperationException("The ledger has no cursor; the schema was not applied.");
    }

    /// <summary>
    /// The newest sequence number given out, and a transaction id such that every transaction that took a number up to it has a smaller id. A transaction that
    /// appends writes to a stream's row before it takes its first number, so it has its id by then (docs/adr/0015).
    /// </summary>
    public async Task<SafeMark?> Mark(long after, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        long newest;
        await using (var sequence = new NpgsqlCommand("select case when is_called then last_value else last_value - 1 end from vitrine.mt_events_sequence", connection))
            newest = (long)(await sequence.ExecuteScalarAsync(cancellation))!;
        if (newest <= after) return null;
        // A statement of its own, after the number was read: the id that it draws is larger than those of all that drew numbers before.
        await using var id = new NpgsqlCommand("select pg_current_xact_id()::text::bigint", connection);
        return new(newest, (long)(await id.ExecuteScalarAsync(cancellation))!);
    }

    /// <summary>Whether every transaction with a smaller id has ended, so that no event up to the mark can appear any more.</summary>
    public async Task<bool> IsPast(SafeMark mark, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1");
        command.Parameters.AddWithValue(mark.Transaction);
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The next events, oldest first. Rows of Marten that stand for an append that failed are no events.</summary>
    public async Task<IReadOnlyList<CommittedEvent>> Events(long after, long upTo, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select seq_id, tenant_id, stream_id, version, type, timestamp, data::text from vitrine.mt_events
            where seq_id > $1 and seq_id <= $2 and type <> 'tombstone' order by seq_id limit $3
            """);
        command.Parameters.AddWithValue(after);
        command.Parameters.AddWithValue(upTo);
        command.Parameters.AddWithValue(limit);
        var events = new List<CommittedEvent>(limit);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            events.Add(new(rows.GetInt64(0), rows.GetString(1), rows.GetString(2), rows.GetInt64(3), rows.GetString(4), rows.GetFieldValue<DateTimeOffset>(5), rows.GetString(6)));
        return events;
    }

    /// <summary>The right edges of these logs; an empty one for a log that has no leaf yet.</summary>
    public async Task<Dictionary<string, CompactRange>> Trees(IReadOnlyCollection<string> logs, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select log, size, edge from vitrine.ledger_tree where log = any($1)");
        command.Parameters.AddWithValue(logs.ToArray());
        var trees = logs.ToDictionary(log => log, _ => new CompactRange());
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) trees[rows.GetString(0)] = CompactRange.Of(rows.GetInt64(1), rows.GetFieldValue<byte[]>(2));
        return trees;
    }

    /// <summary>Logs with leaves that no checkpoint covers for so long, or so many of them.</summary>
    public async Task<IReadOnlyList<(string Log, CompactRange Tree)>> Unsealed(DateTimeOffset signedBefore, long leaves, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select log, size, edge from vitrine.ledger_tree
            where log <> $1 and size > signed_size and (signed_at <= $2 or size - signed_size >= $3) order by log limit $4
            """);
        command.Parameters.AddWithValue(LogId.Platform.Value);
        command.Parameters.AddWithValue(signedBefore);
        command.Parameters.AddWithValue(leaves);
        command.Parameters.AddWithValue(limit);
        var unsigned = new List<(string, CompactRange)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) unsigned.Add((rows.GetString(0), CompactRange.Of(rows.GetInt64(1), rows.GetFieldValue<byte[]>(2))));
        return unsigned;
    }

    /// <exception cref="LedgerFencedException">Another writer has begun its turn.</exception>
    public Task Append(LedgerTurn turn, long upTo, LeafBatch batch, CancellationToken cancellation) => Call(
        "call vitrine.ledger_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)", cancellation,
        turn.Epoch, turn.Sequence, upTo,
        batch.Leaves.Select(leaf => leaf.Log).ToArray(), batch.Leaves.Select(leaf => leaf.Index).ToArray(), batch.Leaves.Select(leaf => leaf.Sequence).ToArray(),
        batch.Leaves.Select(leaf => leaf.Entry).ToArray(), batch.Leaves.Select(leaf => leaf.Hash.ToArray()).ToArray(),
        batch.Nodes.Select(node => node.Log).ToArray(), batch.Nodes.Select(node => node.Level).ToArray(), batch.Nodes.Select(node => node.Index).ToArray(), batch.Nodes.Select(node => node.Hash.ToArray()).ToArray(),
        batch.Trees.Keys.ToArray(), batch.Trees.Values.Select(tree => tree.Size).ToArray(), batch.Trees.Values.Select(tree => tree.ToArray()).ToArray());

    /// <exception cref="LedgerFencedException">Another writer has begun its turn.</exception>
    public Task Publish(LedgerTurn turn, DateTimeOffset at, CheckpointBatch batch, CancellationToken cancellation) => Call(
        "call vitrine.ledger_publish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", cancellation,
        turn.Epoch, at,
        batch.Checkpoints.Select(each => each.Log).ToArray(), batch.Checkpoints.Select(each => each.Size).ToArray(), batch.Checkpoints.Select(each => each.Note.ToString()).ToArray(),
        batch.Checkpoints.Select(each => TreeHash.OfLeaf(each.Note.ToBytes()).ToArray()).ToArray(),
        batch.FirstPlatformLeaf, batch.PlatformTree.ToArray(), batch.PlatformNote.ToString(),
        batch.Nodes.Select(node => node.Level).ToArray(), batch.Nodes.Select(node => node.Index).ToArray(), batch.Nodes.Select(node => node.Hash.ToArray()).ToArray());

    /// <summary>The size of the newest checkpoint that this witness cosigned; null before the first.</summary>
    public async Task<long?> NewestCosigned(LogId log, string witness, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select size from vitrine.ledger_cosignature where log = $1 and witness = $2 order by size desc limit 1");
        command.Parameters.AddWithValue(log.Value);
        command.Parameters.AddWithValue(witness);
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    /// <summary>Adds what a witness signed. The first that it signed for a checkpoint stays.</summary>
    public async Task AddCosignature(LogId log, long size, string witness, NoteSignature cosignature, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("insert into vitrine.ledger_cosignature (log, size, witness, line) values ($1, $2, $3, $4) on conflict do nothing");
        command.Parameters.AddWithValue(log.Value);
        command.Parameters.AddWithValue(size);
        command.Parameters.AddWithValue(witness);
        command.Parameters.AddWithValue(cosignature.ToString());
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>When a checkpoint of the log was stamped last; null before the first.</summary>
    public async Task<DateTimeOffset?> LastStamped(LogId log, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select at from vitrine.ledger_stamp where log = $1 order by size desc limit 1");
        command.Parameters.AddWithValue(log.Value);
        return await command.ExecuteScalarAsync(cancellation) is DateTime at ? new DateTimeOffset(at) : null;
    }

    public async Task AddStamp(LogId log, long size, DateTimeOffset at, byte[] token, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("insert into vitrine.ledger_stamp (log, size, token, at) values ($1, $2, $3, $4) on conflict do nothing");
        command.Parameters.AddWithValue(log.Value);
        command.Parameters.AddWithValue(size);
        command.Parameters.AddWithValue(token);
        command.Parameters.AddWithValue(at);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task Call(string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(value switch
            {
                byte[][] hashes => new NpgsqlParameter { Value = hashes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                _ => new NpgsqlParameter { Value = value },
            });
        try
        {
            await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState == LedgerSchema.FencedSqlState)
        {
            throw new LedgerFencedException(e);
        }
    }
}

/// <summary>A writer's turn, and the last event that is a leaf.</summary>
public sealed record LedgerTurn(long Epoch, long Sequence);

/// <summary>See <see cref="LedgerStore.Mark"/>.</summary>
public sealed record SafeMark(long Sequence, long Transaction);

/// <summary>Another activation writes the ledger: this one must stop.</summary>
public sealed class LedgerFencedException(Exception? inner = null) : Exception("Another writer has taken over the ledger.", inner);
