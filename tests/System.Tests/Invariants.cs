using System.Globalization;
using System.Text;
using Npgsql;
using Vitrine.Media;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.System.Tests;

/// <summary>The checker that runs after every fault test: the truths I1, I2, I4, I5, I6 of docs/architecture.md, read from the store and the blobs alone.</summary>
public sealed class Invariants(string connectionString, string blobFolder, string rootPem, string ledgerKey)
{
    /// <summary>Everything that does not hold, in words; empty when all is well. Call it when the system is quiet.</summary>
    public async Task<IReadOnlyList<string>> Violations()
    {
        var wrong = new List<string>();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await ExactlyOnce(database, wrong);
        await Credits(database, wrong);
        await Outputs(database, wrong);
        await Inputs(database, wrong);
        await Log(database, wrong);
        return wrong;
    }

    /// <summary>Jobs that are accepted and not over.</summary>
    public static async Task<long> Open(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select count(*) from vitrine.mt_doc_jobview where state in (0, 1) and period is not null");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Events that are not in the log yet.</summary>
    public static async Task<long> NotLogged(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select count(*) from vitrine.mt_events where seq_id > (select seq from vitrine.ledger_cursor)");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExactlyOnce(NpgsqlDataSource database, List<string> wrong)
    {
        await using var command = database.CreateCommand("""
            select tenant_id, stream_id, count(*) filter (where type = 'job.accepted') as accepted,
                   count(*) filter (where type in ('job.completed', 'job.failed', 'job.canceled')) as ended
            from vitrine.mt_events where stream_id like 'job\_%' group by tenant_id, stream_id
            having count(*) filter (where type = 'job.accepted') > 1
                or count(*) filter (where type = 'job.accepted') <> count(*) filter (where type in ('job.completed', 'job.failed', 'job.canceled'))
            """);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            wrong.Add(string.Create(CultureInfo.InvariantCulture, $"I1: {rows.GetString(0)}/{rows.GetString(1)} was accepted {rows.GetInt64(2)} times and ended {rows.GetInt64(3)} times"));
    }

    private static async Task Credits(NpgsqlDataSource database, List<string> wrong)
    {
        await using var command = database.CreateCommand("""
            with reserved as (
                select tenant_id, stream_id, sum((data->>'Micro')::bigint) as micro from vitrine.mt_events where type = 'job.credits_reserved' group by 1, 2),
            closed as (
                select tenant_id, stream_id, sum(coalesce((data->>'SettledMicro')::bigint, 0) + (data->>'ReleasedMicro')::bigint) as micro
                from vitrine.mt_events where type in ('job.completed', 'job.failed', 'job.canceled') group by 1, 2)
            select r.tenant_id, r.stream_id, r.micro, coalesce(c.micro, 0) from reserved r left join closed c using (tenant_id, stream_id)
            where r.micro <> coalesce(c.micro, 0)
            """);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            wrong.Add(string.Create(CultureInfo.InvariantCulture, $"I2: {rows.GetString(0)}/{rows.GetString(1)} reserved {rows.GetInt64(2)} and closed {rows.GetInt64(3)}"));
    }

    /// <summary>
    /// I6, from the tables alone: every event up to the cursor is one leaf of its tenant's log and nothing else is; every log verifies from its first entry; every
    /// checkpoint is signed and true.
    /// </summary>
    private async Task Log(NpgsqlDataSource database, List<string> wrong)
    {
        await using (var strays = database.CreateCommand("""
            select coalesce(e.tenant_id, l.log), coalesce(e.seq_id, l.seq) from (select * from vitrine.mt_events where seq_id <= (select seq from vitrine.ledger_cursor)) e
            full join (select * from vitrine.ledger_leaf where seq is not null) l on l.seq = e.seq_id and l.log = e.tenant_id where e.seq_id is null or l.seq is null
            """))
        {
            await using var rows = await strays.ExecuteReaderAsync();
            while (await rows.ReadAsync()) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"I6: event {rows.GetInt64(1)} of {rows.GetString(0)} is not one leaf, or a leaf is of no event"));
        }
        if (!NoteKey.TryParse((await File.ReadAllTextAsync(ledgerKey)).Trim(), out var key)) wrong.Add("I6: the ledger's public key cannot be read");
        else
        {
            var checkpoints = new Dictionary<string, List<Checkpoint>>();
            await using (var notes = await database.CreateCommand("select log, note from vitrine.ledger_checkpoint").ExecuteReaderAsync())
                while (await notes.ReadAsync())
                {
                    var (log, note) = (notes.GetString(0), SignedNote.Parse(Encoding.UTF8.GetBytes(notes.GetString(1))));
                    var name = log == "@platform" ? key!.Name : $"{key!.Name}/{log}";
                    if (note is null || Checkpoint.Open(note, new NoteKey(name, key.Kind, key.Bytes.Span)) is not { } checkpoint) wrong.Add($"I6: a checkpoint of {log} is not signed by its log");
                    else (checkpoints.TryGetValue(log, out var of) ? of : checkpoints[log] = []).Add(checkpoint);
                }
            await Entries(database, checkpoints, wrong);
        }
    }

    private static async Task Entries(NpgsqlDataSource database, Dictionary<string, List<Checkpoint>> checkpoints, List<string> wrong)
    {
        LogAudit? audit = null;
        var (log, index) = ("", 0L);
        void End() => wrong.AddRange((audit?.End() ?? []).Select(finding => $"I6: {log}: {finding.Code}: {finding.Sentence}"));
        await using var rows = await database.CreateCommand("select log, idx, entry from vitrine.ledger_leaf where log <> '@platform' order by log, idx").ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            if (rows.GetString(0) != log)
            {
                End();
                (log, index) = (rows.GetString(0), 0);
                audit = new LogAudit(log, checkpoints.GetValueOrDefault(log, []));
            }
            if (rows.GetInt64(1) != index++) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"I6: {log} has a gap before entry {rows.GetInt64(1)}"));
            audit!.Add(rows.GetFieldValue<byte[]>(2));
        }
        End();
    }

    private async Task Outputs(NpgsqlDataSource database, List<string> wrong)
    {
        var blobs = new FileBlobStore(blobFolder, TimeProvider.System);
        var anchors = TrustAnchors.FromPem(rootPem);
        await using var command = database.CreateCommand("select tenant_id, id, data->>'Sha256', data ? 'ErasedAt' from vitrine.mt_doc_assetview");
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            var (tenant, id, digest) = (rows.GetString(0), rows.GetString(1), rows.GetString(2));
            var key = new BlobKey(tenant, digest);
            await using var content = await blobs.Open(key, CancellationToken.None);
            if (rows.GetBoolean(3))
            {
                if (content is not null) wrong.Add($"I5: the blob of {tenant}/{id} is there, and it was erased");
            }
            else if (content is null) wrong.Add($"I5: the blob of {tenant}/{id} is lost");
            else if (!await blobs.Verify(key, CancellationToken.None)) wrong.Add($"I4: the blob of {tenant}/{id} is not what was recorded");
            else if (ContentCredentials.Verify(await content.ReadAll(CancellationToken.None), anchors, TimeProvider.System.GetUtcNow()).State != CredentialState.Trusted)
                wrong.Add($"I4: the credential of {tenant}/{id} does not hold");
        }
    }

    private async Task Inputs(NpgsqlDataSource database, List<string> wrong)
    {
        var blobs = new FileBlobStore(blobFolder, TimeProvider.System);
        await using var command = database.CreateCommand("""
            select i.tenant_id, i.id, i.data->>'Sha256', i.data ? 'DeletedAt', exists (select from vitrine.mt_doc_assetview a where a.tenant_id = i.tenant_id and a.data->>'Sha256' = i.data->>'Sha256'
                or a.tenant_id = i.tenant_id and a.data->'Stamped'->>'Sha256' = i.data->>'Sha256') or exists (select from vitrine.mt_doc_inputview o where o.tenant_id = i.tenant_id and o.id <> i.id and o.data->>'Sha256' = i.data->>'Sha256')
            from vitrine.mt_doc_inputview i
            """);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            var (tenant, id, digest) = (rows.GetString(0), rows.GetString(1), rows.GetString(2));
            await using var content = await blobs.Open(new BlobKey(tenant, digest), CancellationToken.None);
            if (rows.GetBoolean(3))
            {
                if (content is not null && !rows.GetBoolean(4)) wrong.Add($"I5: the blob of {tenant}/{id} is there, and it was deleted");
            }
            else if (content is null) wrong.Add($"I5: the blob of {tenant}/{id} is lost");
            else if (!await blobs.Verify(new BlobKey(tenant, digest), CancellationToken.None)) wrong.Add($"I5: the blob of {tenant}/{id} is not what was recorded");
        }
    }
}
