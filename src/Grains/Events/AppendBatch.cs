using System.Collections.Concurrent;
using System.Data;
using System.Diagnostics;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace Vitrine.Grains.Events;

/// <summary>
/// Writes commits as one statement, one round trip and one transaction: fences, streams, events and views go to the server in one call of <c>vitrine.commit</c>. The
/// tables are Marten's; Marten makes them, reads them and rebuilds the views. Only this write is ours, because Marten's own took five times the server's share of it
/// (docs/adr/0012, 0013).
/// <para>
/// While commits follow each other, the connection that was used last is used next, and not given back in between: its server process has the plans and pages of this statement in its caches. A pool hands
/// its connections out in turn, which costs a lone commit about 0.2 ms.
/// </para>
/// </summary>
internal sealed class AppendBatch(NpgsqlDataSource database, ISerializer serializer, IReadOnlyDictionary<Type, string> eventNames) : IAsyncDisposable
{
    private const string Sql = "call vitrine.commit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";

    /// <summary>One that lay longer goes back to the pool first, which knows whether the server has gone away since. No server is gone and back within this.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(0.1);

    private readonly ConcurrentStack<(NpgsqlConnection Connection, long Since)> _idle = new();

    public async Task Write(IReadOnlyList<Commit> commits)
    {
        var connection = await Take() ?? await database.OpenConnectionAsync();
        try
        {
            await Write(commits, connection);
        }
        catch (Exception e) when (StoreFailure.IsUnavailable(e) || connection.FullState != ConnectionState.Open)
        {
            // Those beside it lead to the same server and are from before what has happened, too.
            await connection.DisposeAsync();
            await DisposeAsync();
            throw;
        }
        catch
        {
            _idle.Push((connection, Stopwatch.GetTimestamp()));
            throw;
        }
        _idle.Push((connection, Stopwatch.GetTimestamp()));
    }

    /// <summary>Gives back the connections that nobody writes to.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_idle.TryPop(out var idle)) await idle.Connection.DisposeAsync();
    }

    private async ValueTask<NpgsqlConnection?> Take()
    {
        while (_idle.TryPop(out var idle))
        {
            if (Stopwatch.GetElapsedTime(idle.Since) < Fresh) return idle.Connection;
            await idle.Connection.DisposeAsync();
        }
        return null;
    }

    private async Task Write(IReadOnlyList<Commit> commits, NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        Fences(commits, command.Parameters);
        Streams(commits, command.Parameters);
        Views(commits, command.Parameters);
        // Prepared once on each connection; from then on this costs nothing.
        await command.PrepareAsync();
        await command.ExecuteNonQueryAsync();
    }

    private static void Fences(IReadOnlyList<Commit> commits, NpgsqlParameterCollection to)
    {
        var fences = commits.SelectMany(commit => commit.Fences.Select(fence => (Tenant: commit.Tenant.Value, fence.Account, fence.Epoch))).Distinct().ToList();
        Add(to, fences.ConvertAll(each => each.Tenant), fences.ConvertAll(each => each.Account), fences.ConvertAll(each => each.Epoch));
    }

    private void Streams(IReadOnlyList<Commit> commits, NpgsqlParameterCollection to)
    {
        // Starts first, as the procedure asks; the events of a stream keep their order.
        var streams = commits.SelectMany(commit => commit.Streams.Select(append => (Tenant: commit.Tenant.Value, Append: append))).OrderBy(each => each.Append.Expected > 0).ToList();
        to.Add(new NpgsqlParameter<long> { TypedValue = streams.Count(each => each.Append.Expected == 0) });
        Add(to, streams.ConvertAll(each => each.Tenant), streams.ConvertAll(each => each.Append.Stream),
            streams.ConvertAll(each => each.Append.Expected), streams.ConvertAll(each => (long)each.Append.Events.Count));

        var events = streams.SelectMany(each => each.Append.Events.Select((e, i) => (each.Tenant, each.Append.Stream, Version: each.Append.Expected + i + 1, Event: e))).ToList();
        Add(to, events.ConvertAll(_ => Guid.CreateVersion7()), events.ConvertAll(each => each.Tenant), events.ConvertAll(each => each.Stream),
            events.ConvertAll(each => each.Version), events.ConvertAll(each => eventNames[each.Event.GetType()]),
            events.ConvertAll(each => ClassOf(each.Event.GetType())), events.ConvertAll(each => serializer.ToJson(each.Event)));
    }

    private void Views(IReadOnlyList<Commit> commits, NpgsqlParameterCollection to)
    {
        var after = commits.SelectMany(commit => commit.Streams.Select(append => (Tenant: commit.Tenant.Value, append.Stream, Revision: append.Expected + append.Events.Count,
                Kind: View.Beside(append.Stream), View: View.Beside(append.Stream).Fold(append.Before, append.Stream, append.Events))))
            .Where(each => each.View is not null).ToList();
        Add(to, after.ConvertAll(each => each.Kind.Kind), after.ConvertAll(each => each.Tenant), after.ConvertAll(each => each.Stream),
            after.ConvertAll(each => each.Revision), after.ConvertAll(each => each.Kind.Class), after.ConvertAll(each => serializer.ToJson(each.View!)));
    }

    private static void Add(NpgsqlParameterCollection to, params ReadOnlySpan<object> columns)
    {
        foreach (var column in columns)
            to.Add(new NpgsqlParameter
            {
                Value = column,
                NpgsqlDbType = NpgsqlDbType.Array | column switch
                {
                    List<string> => NpgsqlDbType.Text,
                    List<long> => NpgsqlDbType.Bigint,
                    List<Guid> => NpgsqlDbType.Uuid,
                    _ => throw new ArgumentException($"No column of {column.GetType()} goes into a commit.", nameof(columns)),
                },
            });
    }

    /// <summary>The class as Marten notes it beside an event.</summary>
    private static string ClassOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
