using Marten;
using Npgsql;
using NpgsqlTypes;

namespace Vitrine.Grains.Events;

/// <summary>
/// Commits as one round trip: fences, streams, events and views go to the server in one implicit transaction. The tables are Marten's; Marten makes
/// them, reads them and rebuilds the views. Only this write is ours, because Marten's own took five times the server's share of it (docs/adr/0012).
/// </summary>
internal sealed class AppendBatch(ISerializer serializer, IReadOnlyDictionary<Type, string> eventNames)
{
    private static readonly Dictionary<string, string> Upserts = new()
    {
        ["mt_doc_jobview"] = Upsert("mt_doc_jobview",
            ("project", "d ->> 'Project'"), ("asker", "d ->> 'Asker'"), ("session", "d ->> 'Session'"), ("period", "d ->> 'Period'"),
            ("request_digest", "d ->> 'RequestDigest'"), ("state", "(d ->> 'State')::integer"), ("images", "(d ->> 'Images')::integer"),
            ("submitted_at", "(d ->> 'SubmittedAt')::timestamptz"), ("reserved_micro", "(d ->> 'ReservedMicro')::bigint"), ("settled_micro", "(d ->> 'SettledMicro')::bigint")),
        ["mt_doc_assetview"] = Upsert("mt_doc_assetview"),
        ["mt_doc_apikey"] = Upsert("mt_doc_apikey"),
        ["mt_doc_member"] = Upsert("mt_doc_member", ("kind", "(d ->> 'Kind')::integer")),
    };

    public async Task Write(NpgsqlDataSource database, IReadOnlyList<Commit> commits)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (tenant, account, epoch) in commits.SelectMany(commit => commit.Fences.Select(fence => (commit.Tenant.Value, fence.Account, fence.Epoch))).Distinct())
            batch.BatchCommands.Add(Command("call vitrine.fence($1, $2, $3)", tenant, account, epoch));
        batch.BatchCommands.Add(Append(commits));
        foreach (var view in View.All)
            if (Views(commits, view) is { } upsert) batch.BatchCommands.Add(upsert);
        // Prepared once on each connection of the pool; from then on this costs nothing.
        await batch.PrepareAsync();
        await batch.ExecuteNonQueryAsync();
    }

    private NpgsqlBatchCommand Append(IReadOnlyList<Commit> commits)
    {
        var streams = commits.SelectMany(commit => commit.Streams.Select(append => (Tenant: commit.Tenant.Value, Append: append))).ToList();
        var events = streams.SelectMany(each => each.Append.Events.Select((e, i) => (each.Tenant, each.Append.Stream, Version: each.Append.Expected + i + 1, Event: e))).ToList();
        return Command("call vitrine.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            streams.Select(each => each.Tenant).ToArray(), streams.Select(each => each.Append.Stream).ToArray(),
            streams.Select(each => each.Append.Expected).ToArray(), streams.Select(each => (long)each.Append.Events.Count).ToArray(),
            events.Select(_ => Guid.CreateVersion7()).ToArray(), events.Select(each => each.Tenant).ToArray(), events.Select(each => each.Stream).ToArray(),
            events.Select(each => each.Version).ToArray(), events.Select(each => eventNames[each.Event.GetType()]).ToArray(),
            events.Select(each => ClassOf(each.Event.GetType())).ToArray(), events.Select(each => serializer.ToJson(each.Event)).ToArray());
    }

    private NpgsqlBatchCommand? Views(IReadOnlyList<Commit> commits, View view)
    {
        var after = commits.SelectMany(commit => commit.Streams.Where(append => View.Beside(append.Stream) == view)
                .Select(append => (Tenant: commit.Tenant.Value, append.Stream, Revision: append.Expected + append.Events.Count, View: view.Fold(append.Before, append.Stream, append.Events))))
            .Where(each => each.View is not null).ToList();
        return after.Count == 0 ? null : Command(Upserts[view.Table],
            after.Select(each => each.Tenant).ToArray(), after.Select(each => each.Stream).ToArray(), after.Select(each => each.Revision).ToArray(),
            after.Select(each => serializer.ToJson(each.View!)).ToArray(), view.Type.FullName!);
    }

    private static string Upsert(string table, params (string Column, string Value)[] more)
    {
        var columns = string.Concat(more.Select(each => ", " + each.Column));
        var values = string.Concat(more.Select(each => ", " + each.Value));
        var changes = string.Concat(more.Select(each => $", {each.Column} = excluded.{each.Column}"));
        return $"""
            insert into vitrine.{table} (tenant_id, id, mt_version, data, mt_dotnet_type, mt_last_modified{columns})
            select v.tenant, v.id, v.revision, d, $5, now(){values}
            from unnest($1, $2, $3, $4) as v (tenant, id, revision, json), lateral (select v.json::jsonb as d) as document
            on conflict (tenant_id, id) do update
            set mt_version = excluded.mt_version, data = excluded.data, mt_dotnet_type = excluded.mt_dotnet_type, mt_last_modified = excluded.mt_last_modified{changes}
            """;
    }

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = value,
                NpgsqlDbType = value switch
                {
                    string[] => NpgsqlDbType.Array | NpgsqlDbType.Text,
                    long[] => NpgsqlDbType.Array | NpgsqlDbType.Bigint,
                    Guid[] => NpgsqlDbType.Array | NpgsqlDbType.Uuid,
                    long => NpgsqlDbType.Bigint,
                    _ => NpgsqlDbType.Text,
                },
            });
        return command;
    }

    /// <summary>The class as Marten notes it beside an event.</summary>
    private static string ClassOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
