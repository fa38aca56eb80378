using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Subjects;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>
/// Looks through the events of a log. Everything that is asked goes as a parameter, within a time that the server keeps; but a text is looked for here, in what is opened for it, because the
/// store has only closed texts.
/// </summary>
public sealed class EventSearch(NpgsqlDataSource database, PersonalText texts)
{
    /// <summary>Entries that one page looks at: bounds what a search for something rare costs.</summary>
    public const int MaxScanned = 20_000;

    /// <summary>After this time the server gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Jobs opened at once when a text is looked for.</summary>
    private const int Chunk = 200;

    /// <summary>Events beside the view of their job, which knows who asked for it and what became of it. An asset's id begins with the digits of its job's.</summary>
    private const string Sql = """
        select l.idx, e.seq_id, e.stream_id, e.version, e.type, e.timestamp, e.data::text, j.id
        from vitrine.ledger_leaf l
        join vitrine.mt_events e on e.seq_id = l.seq
        left join vitrine.mt_doc_jobview j on j.tenant_id = l.log
            and j.id = case when e.stream_id like 'asset\_%' then 'job_' || substr(e.stream_id, 7, 26) else e.stream_id end
        where l.log = $1 and l.idx > $2 and l.idx <= $3
            and ($4::timestamptz is null or e.timestamp >= $4) and ($5::timestamptz is null or e.timestamp < $5)
            and ($6::text is null or e.type = $6) and ($7::text is null or j.asker = $7) and ($8::text is null or j.data ->> 'Model' = $8)
            and ($9::text is null or j.data ->> 'PolicyDigest' = $9) and ($10::integer is null or j.state = $10)
            and ($11::text[] is null or j.id = any ($11))
        order by l.idx limit $12
        """;

    /// <summary>The jobs of which there are events in the same part of the log, that fit what can be asked of their views.</summary>
    private const string Jobs = """
        select j.data::text from vitrine.mt_doc_jobview j where j.tenant_id = $1
            and j.id in (
                select case when e.stream_id like 'asset\_%' then 'job_' || substr(e.stream_id, 7, 26) else e.stream_id end from vitrine.ledger_leaf l join vitrine.mt_events e on e.seq_id = l.seq
                where l.log = $1 and l.idx > $2 and l.idx <= $3 and ($4::timestamptz is null or e.timestamp >= $4) and ($5::timestamptz is null or e.timestamp < $5)
                    and ($6::text is null or e.type = $6))
            and ($7::text is null or j.asker = $7) and ($8::text is null or j.data ->> 'Model' = $8)
            and ($9::text is null or j.data ->> 'PolicyDigest' = $9) and ($10::integer is null or j.state = $10)
        """;

    public async Task<Outcome<EventPage>> Find(TenantId tenant, EventQuery query, CancellationToken cancellation)
    {
        var (log, limit) = (LogId.Of(tenant), Math.Clamp(query.Limit, 1, ILedgerGrain.MaxPage));
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        try
        {
            await using (var bound = new NpgsqlCommand(string.Create(null, $"set local statement_timeout = {(int)Patience.TotalMilliseconds}; set transaction read only"), connection, transaction))
                await bound.ExecuteNonQueryAsync(cancellation);
            var after = query.After ?? -1;
            var size = await Size(connection, log, cancellation);
            var upTo = Math.Min(size - 1, after > long.MaxValue - MaxScanned ? long.MaxValue : after + MaxScanned);
            var jobs = query.Text is null ? null : await JobsThatSay(tenant, connection, query, after, upTo, cancellation);
            var events = jobs is { Length: 0 } ? [] : await Read(connection, log, query, jobs, after, upTo, limit, cancellation);
            // A full page goes on behind its last row; otherwise where the search left off.
            long? next = events.Count == limit ? events[^1].Index : upTo < size - 1 ? upTo : null;
            for (var i = 0; i < events.Count; i++) events[i] = events[i] with { Data = await Told(tenant, events[i], cancellation) };
            return new EventPage(events, next);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !cancellation.IsCancellationRequested)
        {
            return new Refusal(Refused.InvalidValue, $"The search took more than {Patience.TotalSeconds:0} seconds; ask for less, for example a shorter time.", "from");
        }
    }

    /// <summary>Ids of the jobs whose prompt or negative prompt holds the text, in the part of the log that the page looks at; at most as many as it has entries.</summary>
    private async Task<string[]> JobsThatSay(TenantId tenant, NpgsqlConnection connection, EventQuery query, long after, long upTo, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Jobs, connection);
        Add(command.Parameters, LogId.Of(tenant), query, after, upTo);
        var (found, chunk) = (new List<string>(), new List<JobView>(Chunk));
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            chunk.Add(JsonSerializer.Deserialize<JobView>(rows.GetString(0))!);
            if (chunk.Count == Chunk) await Look();
        }
        await Look();
        return [.. found];

        async Task Look()
        {
            foreach (var job in await texts.Open(tenant, chunk, cancellation))
                if (new[] { job.Prompt, job.NegativePrompt, job.EndPrompt }.Any(prompt => prompt?.Contains(query.Text!, StringComparison.OrdinalIgnoreCase) == true)) found.Add(job.Id);
            chunk.Clear();
        }
    }

    private async Task<string> Told(TenantId tenant, EventView e, CancellationToken cancellation)
    {
        var data = Encoding.UTF8.GetBytes(e.Data);
        var opened = await texts.Open(tenant, e.Stream, e.Type, data, cancellation);
        return Encoding.UTF8.GetString(SealedPart.Told(data, opened?.Opening));
    }

    private static async Task<long> Size(NpgsqlConnection connection, LogId log, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select size from vitrine.ledger_tree where log = $1", connection);
        command.Parameters.AddWithValue(log.Value);
        return await command.ExecuteScalarAsync(cancellation) as long? ?? 0;
    }

    private static async Task<List<EventView>> Read(
        NpgsqlConnection connection, LogId log, EventQuery query, string[]? jobs, long after, long upTo, int limit, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        Add(command.Parameters, log, query, after, upTo);
        command.Parameters.Add(new() { Value = (object?)jobs ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.AddWithValue(limit);
        var events = new List<EventView>(limit);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            events.Add(new(rows.GetInt64(0), rows.GetInt64(1), rows.GetString(2), rows.GetInt64(3), rows.GetString(4), rows.GetFieldValue<DateTimeOffset>(5), rows.GetString(6), rows.IsDBNull(7) ? null : rows.GetString(7)));
        return events;
    }

    /// <summary>$1 to $10 of both questions.</summary>
    private static void Add(NpgsqlParameterCollection to, LogId log, EventQuery query, long after, long upTo)
    {
        to.AddWithValue(log.Value);
        to.AddWithValue(after);
        to.AddWithValue(upTo);
        foreach (var (value, type) in new (object?, NpgsqlDbType)[]
        {
            (query.From?.ToUniversalTime(), NpgsqlDbType.TimestampTz), (query.To?.ToUniversalTime(), NpgsqlDbType.TimestampTz), (query.Type, NpgsqlDbType.Text), (query.User, NpgsqlDbType.Text),
            (query.Model, NpgsqlDbType.Text), (query.Policy, NpgsqlDbType.Text), ((int?)query.State, NpgsqlDbType.Integer),
        })
            to.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
    }
}
