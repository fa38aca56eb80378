using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;

namespace Vitrine.Grains.Subjects;

/// <summary>What an erasing has to find in the events' database.</summary>
public sealed class Erasures(NpgsqlDataSource database)
{
    public const string UnderWay = "members_under_erasure";
    public const string SubjectsUnderWay = "subjects_under_erasure";
    public const string Members = "members_erased";

    /// <summary>Applied when the views are there.</summary>
    public const string Ddl = $"""
        create index if not exists {UnderWay} on vitrine.mt_doc_member (tenant_id, id) where data ? 'ErasingSince';
        create index if not exists {SubjectsUnderWay} on vitrine.mt_doc_subjectview (tenant_id, id) where data ? 'ErasingSince';
        create index if not exists {Members} on vitrine.mt_doc_member (tenant_id, id) where data ? 'Erased';
        """;

    /// <summary>Erasings taken up again in one sweep.</summary>
    private const int MaxFound = 100;

    /// <summary>Whose erasing was begun and did not end, whoever was interrupted at it.</summary>
    public async Task<IReadOnlyList<SubjectKey>> Begun(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select tenant_id, id, true from vitrine.mt_doc_member where data ? 'ErasingSince'
            union all select tenant_id, id, false from vitrine.mt_doc_subjectview where data ? 'ErasingSince' order by 1, 2 limit $1
            """);
        command.Parameters.AddWithValue(MaxFound);
        var found = new List<SubjectKey>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            found.Add(Of(rows));
        return found;
    }

    /// <summary>Everybody whose erasing is recorded as done.</summary>
    public async IAsyncEnumerable<SubjectKey> Done([EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select tenant_id, id, true from vitrine.mt_doc_member where data ? 'Erased' union all select tenant_id, id, false from vitrine.mt_doc_subjectview where data ? 'Erased'
            """);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) yield return Of(rows);
    }

    private static SubjectKey Of(NpgsqlDataReader row) =>
        new(new TenantId(row.GetString(0)), row.GetBoolean(2) ? new UserId(AccountName.NameIn(row.GetString(1))) : SubjectId.In(row.GetString(1)));

    /// <summary>Makes every commit fail that counts on this subject not being erased. Waits for those under way, so that the caller sees what they wrote.</summary>
    public async Task Fence(SubjectKey subject, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select vitrine.open_account($1, $2)");
        command.Parameters.AddWithValue(subject.Tenant.Value);
        command.Parameters.AddWithValue(subject.Subject.Stream);
        await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>
    /// Overwrites what the user said before texts were sealed, in events and views alike, so that a rebuilt view is the same again. The one place that changes history (docs/adr/0020); the
    /// entries of the log stay, and so does what they prove but for these texts. Answers how many events it were.
    /// </summary>
    public async Task<int> OverwritePlain(TenantId tenant, UserId user, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var overwritten = 0;
        foreach (var sql in new[]
        {
            """
            update vitrine.mt_events e set data = e.data || '{"Prompt": null, "NegativePrompt": null, "Metadata": null, "EndUser": null, "RequestDigest": "", "Overwritten": true}'
                || jsonb_build_object('HasNegativePrompt', coalesce(e.data ->> 'NegativePrompt', '') <> '')
            from vitrine.mt_doc_jobview j where j.tenant_id = $1 and j.asker = $2 and e.tenant_id = j.tenant_id and e.stream_id = j.id
            and e.type = 'job.prompt_submitted' and not e.data ? 'Personal' and not e.data ? 'Overwritten'
            """,
            """
            update vitrine.mt_events e set data = e.data || '{"NormalisedDigest": null, "Overwritten": true}'
            from vitrine.mt_doc_jobview j where j.tenant_id = $1 and j.asker = $2 and e.tenant_id = j.tenant_id and e.stream_id = j.id
            and e.type = 'job.prompt_screened' and not e.data ? 'Personal' and not e.data ? 'Overwritten'
            """,
            """
            update vitrine.mt_events e set data = e.data || '{"Name": null, "Overwritten": true}'
            where e.tenant_id = $1 and e.type in ('user.registered', 'key.issued') and not e.data ? 'Personal' and not e.data ? 'Overwritten'
            and e.stream_id = any (select 'user/' || $2::text union all select k.id from vitrine.mt_doc_apikey k where k.tenant_id = $1 and k.data -> 'View' ->> 'User' = $2)
            """,
        }) overwritten += await Execute(sql);
        foreach (var sql in new[]
        {
            """
            update vitrine.mt_doc_jobview j set data = j.data || '{"Prompt": null, "NegativePrompt": null, "Metadata": null, "EndUser": null, "RequestDigest": ""}', request_digest = ''
            where j.tenant_id = $1 and j.asker = $2 and not j.data ? 'Personal'
            """,
            """update vitrine.mt_doc_member m set data = m.data || '{"Name": ""}' where m.tenant_id = $1 and m.id = 'user/' || $2::text and not m.data ? 'Personal'""",
            """
            update vitrine.mt_doc_apikey k set data = jsonb_set(k.data, '{View,Name}', '""')
            where k.tenant_id = $1 and k.data -> 'View' ->> 'User' = $2 and not k.data ? 'Personal'
            """,
        }) await Execute(sql);
        await transaction.CommitAsync(cancellation);
        return overwritten;

        async Task<int> Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            command.Parameters.AddWithValue(tenant.Value);
            command.Parameters.AddWithValue(user.Value);
            return await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>What became of the subject's things, counted from the views: the same however often the erasing was interrupted.</summary>
    /// <param name="since">When the erasing began.</param>
    public async Task<ErasureCounts> Count(SubjectKey subject, DateTimeOffset since, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select count(*)::integer, (count(*) filter (where j.state = 4 and (j.data ->> 'FinishedAt')::timestamptz >= $3))::integer, coalesce(sum(jsonb_array_length(j.data -> 'Assets')), 0)::integer,
                (select count(*)::integer from vitrine.mt_events e join vitrine.mt_doc_jobview o on o.tenant_id = e.tenant_id and o.id = e.stream_id
                 where o.tenant_id = $1 and o.asker = $2 and e.data ? 'Overwritten')
                + (select count(*)::integer from vitrine.mt_events e where e.tenant_id = $1 and e.data ? 'Overwritten'
                   and e.stream_id = any (select 'user/' || $2::text union all select k.id from vitrine.mt_doc_apikey k where k.tenant_id = $1 and k.data -> 'View' ->> 'User' = $2)),
                (select count(*)::integer from vitrine.mt_doc_inputview i where i.tenant_id = $1 and (i.data ->> 'User' = $2 or i.data ->> 'User' is null and i.data ->> 'Key' = $4))
            from vitrine.mt_doc_jobview j where j.tenant_id = $1 and j.asker = $2
            """);
        command.Parameters.AddWithValue(subject.Tenant.Value);
        command.Parameters.AddWithValue(subject.Subject.Value);
        command.Parameters.AddWithValue(since.UtcDateTime);
        command.Parameters.Add(new() { Value = (object?)subject.Subject.Key?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return new(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4));
    }

    /// <summary>How far an erasing is, as it is told.</summary>
    /// <param name="since">When it began; not needed once it is done.</param>
    public async Task<ErasureView> Told(SubjectKey subject, DateTimeOffset? since, Erasure? erased, CancellationToken cancellation) => erased is { Counts: var counts }
        ? new(subject.Subject.Value, erased.BegunAt, erased.At, counts.Jobs, counts.JobsCanceled, counts.Assets, counts.PlainRecords, erased.Version,
            await LedgerIndex(subject.Tenant, subject.Subject.Stream, erased.Version, cancellation), counts.Inputs)
        : new(subject.Subject.Value, since!.Value, null, 0, 0, 0, 0, 0, null);

    /// <summary>Where an event stands in the tenant's log; null while it is not there.</summary>
    private async Task<long?> LedgerIndex(TenantId tenant, string stream, long version, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select l.idx from vitrine.mt_events e join vitrine.ledger_leaf l on l.seq = e.seq_id and l.log = e.tenant_id where e.tenant_id = $1 and e.stream_id = $2 and e.version = $3");
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(stream);
        command.Parameters.AddWithValue(version);
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }
}
