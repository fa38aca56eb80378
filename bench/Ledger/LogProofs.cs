using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Subjects;
using Vitrine.Provenance.Ledger;
using Vitrine.Silo;

namespace Vitrine.Bench;

/// <summary>
/// R12: the log of one tenant with a million events. Verifying it from its first entry, against reading the same entries out of the database with COPY and doing
/// nothing with them, in turns; and one inclusion proof, with tiles read from the database and with tiles at hand.
/// </summary>
internal static class LogProofs
{
    private const string CopyOut = "copy (select entry from vitrine.ledger_leaf where log = 'bench' order by idx) to stdout (format binary)";
    private static readonly LogId Log = LogId.Of(new TenantId("bench"));

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var events = run.Choose(1_000_000, 100_000);
        var platform = await run.Platform(renders: true, ct);
        await using var database = SiloParts.DatabaseOf(await platform.Local.Postgres!.CreateDatabase("log", ct));
        await StorePreparation.Prepare(database, NullLogger.Instance, ct);
        await Execute(database, $"insert into vitrine.mt_streams (tenant_id, id, version) select 'bench', 'job_' || lpad(i::text, 26, '0'), 8 from generate_series(0, {(events - 1) / 8}) as i", ct);
        await Execute(database, $"""
            insert into vitrine.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('vitrine.mt_events_sequence'), gen_random_uuid(), 'job_' || lpad((i / 8)::text, 26, '0'), i % 8 + 1,
                jsonb_build_object('Attempt', i, 'Device', 'silo:cpu0', 'At', '2026-01-01T00:00:00+00:00', 'Note', md5(i::text)), 'job.rendering_started', now(), 'bench', 'x', false
            from generate_series(0, {events - 1}) as i
            """, ct);

        var options = new LedgerOptions("vitrine.bench", new NoteSigner(new byte[32]));
        var began = Stopwatch.GetTimestamp();
        await Seal(new LedgerStore(database), new TenantKeys(new KeyDatabase(database)), options, ct);
        finding.Raw("events made leaves, canonical form, commitment and one durable transaction for 2,000", events / Stopwatch.GetElapsedTime(began).TotalSeconds, "events/s");
        await Execute(database, "analyze vitrine.ledger_leaf", ct);

        var reader = new LedgerReader(database, new TileCache(), options);
        var head = Checkpoint.Parse(SignedNote.Parse(System.Text.Encoding.UTF8.GetBytes((await reader.Newest(Log, ct))!.Note))!.Text)!;
        await Verifying(database, head, run.Choose(7, 3), finding, ct);
        await Proving(database, reader, options, head, run.Choose(2000, 200), finding, ct);
    }

    private static async Task Verifying(NpgsqlDataSource database, Checkpoint head, int rounds, Finding finding, CancellationToken ct)
    {
        var (ratio, verify, copy) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            await using (var connection = await database.OpenConnectionAsync(ct))
            await using (var stream = await connection.BeginRawBinaryCopyAsync(CopyOut, ct))
            {
                var buffer = new byte[128 * 1024];
                while (await stream.ReadAsync(buffer, ct) > 0)
                {
                    // What is read is thrown away: this is the limit.
                }
            }
            var copied = Stopwatch.GetElapsedTime(began).TotalSeconds;
            began = Stopwatch.GetTimestamp();
            var audit = await LogExport.Audit(database, Log, [head], ct);
            var verified = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (audit.Count != head.Size || audit.End() is { Count: > 0 } wrong) throw new InvalidOperationException("The log of the benchmark does not verify.");
            if (round < 0) continue; // Compiles what is hot, and brings the table into memory.
            verify.Add(verified);
            copy.Add(copied);
            ratio.Add(copied / verified);
        }
        finding.Paired("entries/s, verifying : COPY out", "×", ratio, Goal.Least(0.5));
        finding.Paired($"seconds to verify {head.Size:N0} entries from the first", "s", verify, Goal.Most(10));
        finding.Raw("COPY out alone", Summary.Quantile(copy, 0.5), "s");
    }

    private static async Task Proving(NpgsqlDataSource database, LedgerReader warm, LedgerOptions options, Checkpoint head, int proofs, Finding finding, CancellationToken ct)
    {
        var random = new Random(12);
        var (cold, atHand) = (new List<double>(), new List<double>());
        for (var i = 0; i < proofs; i++)
        {
            var index = random.NextInt64(head.Size);
            cold.Add(await Time(new LedgerReader(database, new TileCache(), options), index));
            await warm.Inclusion(Log, index, head.Size, ct);
            atHand.Add(await Time(warm, index));
        }
        finding.Paired("ms, an inclusion proof whose tiles are read from the database", "ms", cold[(proofs / 10)..], Goal.Most(1));
        finding.Paired("ms, an inclusion proof whose tiles are at hand", "ms", atHand[(proofs / 10)..], Goal.Most(1));
        finding.RawTimes("tiles from the database", cold);

        async Task<double> Time(LedgerReader reader, long index)
        {
            var began = Stopwatch.GetTimestamp();
            var proof = await reader.Inclusion(Log, index, head.Size, ct);
            var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (proof.Root != head.Root.ToString()) throw new InvalidOperationException("A proof of the benchmark does not lead to the root.");
            return took;
        }
    }

    private static async Task Seal(LedgerStore store, TenantKeys keys, LedgerOptions options, CancellationToken ct)
    {
        var turn = await store.Open(ct);
        var mark = await store.Mark(turn.Sequence, ct) ?? throw new InvalidOperationException("There are no events.");
        while (turn.Sequence < mark.Sequence)
        {
            var events = await store.Events(turn.Sequence, mark.Sequence, LedgersGrain.MaxBatch, ct);
            await store.Append(turn, events[^1].Sequence, LeafBatch.Of(events, await store.Trees([Log.Value], ct), (await keys.Salts([Log.Value], ct)).Of), ct);
            turn = turn with { Sequence = events[^1].Sequence };
        }
        var logs = (await store.Unsealed(DateTimeOffset.MaxValue, 1, 1, ct)).Select(each => (LogId.Of(new TenantId(each.Log)), each.Tree)).ToList();
        await store.Publish(turn, DateTimeOffset.UnixEpoch, CheckpointBatch.Of(logs, new CompactRange(), options), ct);
    }

    private static async Task Execute(NpgsqlDataSource database, string sql, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(ct);
    }
}
