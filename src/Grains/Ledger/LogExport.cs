using System.Threading.Channels;
using Npgsql;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Reads a whole log out of the store at the speed of COPY and goes through it. For operators and benchmarks; auditors take tiles.</summary>
public static class LogExport
{
    /// <summary>Entries handed over at once, and batches that may wait: some megabytes.</summary>
    private const int Batch = 2048, MaxWaiting = 4;

    /// <summary>The audit after the last entry of the log.</summary>
    /// <param name="checkpoints">See <see cref="LogAudit"/>.</param>
    public static async Task<LogAudit> Audit(NpgsqlDataSource database, LogId log, IEnumerable<Checkpoint> checkpoints, CancellationToken cancellation)
    {
        // A name in a COPY cannot be a parameter; this one is of a closed form.
        if (log != LogId.Platform && !Interfaces.Slug.IsValid(log.Value)) throw new ArgumentException($"'{log}' is no log.", nameof(log));
        var audit = new LogAudit(log.Value, checkpoints);
        var batches = Channel.CreateBounded<List<byte[]>>(MaxWaiting);
        var reading = Task.Run(() => Read(database, log, batches.Writer, cancellation), cancellation);
        await foreach (var batch in batches.Reader.ReadAllAsync(cancellation))
            foreach (var entry in batch) audit.Add(entry);
        await reading;
        return audit;
    }

    private static async Task Read(NpgsqlDataSource database, LogId log, ChannelWriter<List<byte[]>> to, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var rows = await connection.BeginBinaryExportAsync($"copy (select entry from vitrine.ledger_leaf where log = '{log}' order by idx) to stdout (format binary)", cancellation);
            var batch = new List<byte[]>(Batch);
            while (await rows.StartRowAsync(cancellation) >= 0)
            {
                batch.Add(await rows.ReadAsync<byte[]>(cancellation));
                if (batch.Count < Batch) continue;
                await to.WriteAsync(batch, cancellation);
                batch = new(Batch);
            }
            await to.WriteAsync(batch, cancellation);
            to.Complete();
        }
        catch (Exception e)
        {
            to.Complete(e);
        }
    }
}
