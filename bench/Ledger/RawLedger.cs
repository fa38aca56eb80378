using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace Vitrine.Bench;

/// <summary>
/// The peers of R7 without an event store: a plain table with the columns and the two indexes that any event log needs, written through Npgsql.
/// <see cref="Append"/> shares transactions exactly as our journal does, so it gets the same batches and is the limit of that design.
/// </summary>
internal sealed class RawLedger : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly Channel<(string Stream, TaskCompletionSource Done)> _waiting = Channel.CreateBounded<(string, TaskCompletionSource)>(4096);
    private readonly Task _loop;

    private RawLedger(NpgsqlDataSource database)
    {
        _database = database;
        _loop = Task.Run(Run);
    }

    public static async Task<RawLedger> Make(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var make = database.CreateCommand("""
            create table plain_event (
                seq bigint generated always as identity primary key, tenant text not null, stream text not null, version bigint not null,
                type text not null, data jsonb not null, at timestamptz not null default now(), unique (tenant, stream, version))
            """);
        await make.ExecuteNonQueryAsync(ct);
        return new(database);
    }

    /// <summary>One event, one transaction.</summary>
    public async Task AppendAlone(string stream, string data, CancellationToken ct)
    {
        await using var command = _database.CreateCommand("insert into plain_event (tenant, stream, version, type, data) values ('bench', $1, 1, 'key.revoked', $2::jsonb)");
        command.Parameters.AddWithValue(stream);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, data);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Waits for the transaction that is under way; those that came meanwhile share the next.</summary>
    public async Task Append(string stream, CancellationToken ct)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _waiting.Writer.WriteAsync((stream, done), ct);
        await done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.Complete();
        await _loop;
    }

    private async Task Run()
    {
        var batch = new List<(string Stream, TaskCompletionSource Done)>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < 256 && _waiting.Reader.TryRead(out var next))
                batch.Add(next);
            try
            {
                await using var command = _database.CreateCommand("insert into plain_event (tenant, stream, version, type, data) select 'bench', stream, 1, 'key.revoked', data::jsonb from unnest($1, $2) as each(stream, data)");
                command.Parameters.AddWithValue(batch.ConvertAll(each => each.Stream).ToArray());
                command.Parameters.AddWithValue(batch.ConvertAll(_ => LedgerAppend.EventJson).ToArray());
                await command.ExecuteNonQueryAsync();
                batch.ForEach(each => each.Done.SetResult());
            }
            catch (NpgsqlException failure)
            {
                batch.ForEach(each => each.Done.SetException(failure));
            }
        }
    }
}
