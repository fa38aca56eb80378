using System.Buffers.Binary;
using System.Threading.Channels;
using Npgsql;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Reads a whole log out of the store at the speed of COPY and goes through it, on all cores. For operators and benchmarks; auditors take tiles.</summary>
public static class LogExport
{
    /// <summary>Batches under way: some megabytes, and enough to keep every core busy.</summary>
    private static readonly int MaxBatches = 2 + 2 * Environment.ProcessorCount;

    /// <summary>Bytes of a row, far more than an entry can have.</summary>
    private const int MaxRow = 256 * 1024;

    /// <summary>The audit after the last entry of the log.</summary>
    /// <param name="checkpoints">See <see cref="LogAudit"/>.</param>
    public static async Task<LogAudit> Audit(NpgsqlDataSource database, LogId log, IEnumerable<Checkpoint> checkpoints, CancellationToken cancellation)
    {
        // A name in a COPY cannot be a parameter; this one is of a closed form.
        if (log != LogId.Platform && !Interfaces.Slug.IsValid(log.Value)) throw new ArgumentException($"'{log}' is no log.", nameof(log));
        var audit = new LogAudit(log.Value, checkpoints);
        var idle = Channel.CreateBounded<AuditBatch>(MaxBatches);
        for (var i = 0; i < MaxBatches; i++) idle.Writer.TryWrite(new());
        // Batches are prepared in any order, and taken in the order of the log.
        var prepared = Channel.CreateBounded<Task<AuditBatch>>(MaxBatches);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.Run(() => Read(database, log, idle.Reader, prepared.Writer, stop.Token), cancellation);
        try
        {
            await foreach (var next in prepared.Reader.ReadAllAsync(cancellation))
            {
                var batch = await next;
                audit.Add(batch);
                idle.Writer.TryWrite(batch.Clear());
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
        return audit;
    }

    private static async Task Read(NpgsqlDataSource database, LogId log, ChannelReader<AuditBatch> idle, ChannelWriter<Task<AuditBatch>> to, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var copy = await connection.BeginRawBinaryCopyAsync($"copy (select entry from vitrine.ledger_leaf where log = '{log}' order by idx) to stdout (format binary)", cancellation);
            var (buffer, have, rows, ended) = (new byte[MaxRow], 0, new CopyRows(), false);
            var batch = await idle.ReadAsync(cancellation);
            for (int read; !ended && (read = await copy.ReadAsync(buffer.AsMemory(have), cancellation)) > 0;)
            {
                have += read;
                var used = 0;
                while (!ended && rows.Next(buffer.AsSpan(used, have - used), out var taken, out var entry, out ended) && !ended)
                {
                    batch.Add(buffer.AsSpan(used + entry.Start.Value, entry.End.Value - entry.Start.Value));
                    used += taken;
                    if (!batch.IsFull) continue;
                    await to.WriteAsync(Task.Run(batch.Prepare, CancellationToken.None), cancellation);
                    batch = await idle.ReadAsync(cancellation);
                }
                buffer.AsSpan(used, have - used).CopyTo(buffer);
                have -= used;
                if (have == buffer.Length) throw new InvalidDataException($"A row of the log of {log} is longer than {MaxRow} bytes.");
            }
            if (!ended) throw new InvalidDataException($"The log of {log} broke off.");
            while (await copy.ReadAsync(buffer, cancellation) > 0)
            {
                // Behind the last row nothing follows but the end of the answer.
            }
            await to.WriteAsync(Task.FromResult(batch.Prepare()), cancellation);
            to.Complete();
        }
        catch (Exception e)
        {
            to.Complete(e);
        }
    }

    /// <summary>The rows of one bytea column in PostgreSQL's binary COPY format (documentation of COPY, "Binary Format").</summary>
    private sealed class CopyRows
    {
        private const int Signature = 11, RowHead = sizeof(short) + sizeof(int);
        private bool _begun;

        /// <summary>Whether a row, or the end, is whole in the bytes: how many it takes, and where the value lies.</summary>
        public bool Next(ReadOnlySpan<byte> bytes, out int taken, out Range value, out bool ended)
        {
            (taken, value, ended) = (0, default, false);
            if (!_begun)
            {
                if (bytes.Length < Signature + 2 * sizeof(int)) return false;
                taken = Signature + 2 * sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(bytes[(Signature + sizeof(int))..]);
            }
            if (bytes.Length < taken + sizeof(short)) return false;
            if (BinaryPrimitives.ReadInt16BigEndian(bytes[taken..]) == -1) return ended = true;
            if (bytes.Length < taken + RowHead) return false;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[(taken + sizeof(short))..]);
            taken += RowHead;
            if (length < 0) throw new InvalidDataException("A log has an entry that is null.");
            if (bytes.Length - taken < length) return false;
            value = taken..(taken + length);
            taken += length;
            return _begun = true;
        }
    }
}
