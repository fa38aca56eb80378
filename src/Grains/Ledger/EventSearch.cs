using Npgsql;
using NpgsqlTypes;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Ledger;

/// <summary>Looks through the events of a log. Everything that is asked goes as a parameter, within a time that the server keeps.</summary>
public sealed class EventSearch(NpgsqlDataSource database)
{
    /// <summary>Entries that one page looks at: bounds what a search for something rare costs.</summary>
    public const int MaxScanned = 20_000;

    /// <summary>After this time the server gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

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
            and ($11::text is null or strpos(lower(concat(j.data ->> 'Prompt', chr(10), j.data ->> 'NegativePrompt')), lower($11)) > 0)
        order by l.idx limit $12
        """;

    public async Task<Outcome<EventPage>> Find(LogId log, EventQuery query, CancellationToken cancellation)
    {
        var limit = Math.Clamp(query.Limit, 1, ILedgerGrain.MaxPage);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        try
        {
            await using (var bound = new NpgsqlCommand(string.Create(null, $"set local statement_timeout = {(int)Patience.TotalMilliseconds}; set transaction read only"), connection, transaction))
                await bound.ExecuteNonQueryAsync(cancellation);
            var after = query.After ?? -1;
            var size = await Size(connection, log, cancellation);
            var upTo = Math.Min(size - 1, after > long.MaxValue - MaxScanned ? long.MaxValue : after + MaxScanned);
            var events = await Read(connection, log, query, after, upTo, limit, cancellation);
            // A full page goes on behind its last row; otherwise where the search left off.
            long? next = events.Count == limit ? events[^1].Index : upTo < size - 1 ? upTo : null;
            return new EventPage(events, next);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !cancellation.IsCancellationRequested)
        {
            return new Refusal(Refused.InvalidValue, $"The search took more than {Patience.TotalSeconds:0} seconds; ask for less, for example a shorter time.", "from");
        }
    }

    private static async Task<long> Size(NpgsqlConnection connection, LogId log, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select size from vitrine.ledger_tree where log = $1", connection);
        command.Parameters.AddWithValue(log.Value);
        return await command.ExecuteScalarAsync(cancellation) as long? ?? 0;
    }

    private static async Task<List<EventView>> Read(NpgsqlConnection connection, LogId log, EventQuery query, long after, long upTo, int limit, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.AddWithValue(log.Value);
        command.Parameters.AddWithValue(after);
        command.Parameters.AddWithValue(upTo);
        foreach (var (value, type) in new (object?, NpgsqlDbType)[]
        {
            (query.From?.ToUniversalTime(), NpgsqlDbType.TimestampTz), (query.To?.ToUniversalTime(), NpgsqlDbType.TimestampTz), (query.Type, NpgsqlDbType.Text), (query.User, NpgsqlDbType.Text),
            (query.Model, NpgsqlDbType.Text), (query.Policy, NpgsqlDbType.Text), ((int?)query.State, NpgsqlDbType.Integer), (query.Text, NpgsqlDbType.Text),
        })
            command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        command.Parameters.AddWithValue(limit);
        var events = new List<EventView>(limit);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            events.Add(new(rows.GetInt64(0), rows.GetInt64(1), rows.GetString(2), rows.GetInt64(3), rows.GetString(4), rows.GetFieldValue<DateTimeOffset>(5), rows.GetString(6), rows.IsDBNull(7) ? null : rows.GetString(7)));
        return events;
    }
}
