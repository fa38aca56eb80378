using System.Data.Common;
using Npgsql;

namespace Medallion.Threading.Postgres;

/// <summary>A held lock. <see cref="HandleLostToken"/> fires when the session that holds it has broken, since the server has then freed it.</summary>
public sealed class PostgresDistributedLockHandle : IAsyncDisposable, IDisposable
{
    private readonly DbConnection _connection;
    private readonly DbTransaction? _transaction;
    private readonly long _key;
    private readonly TimeSpan _cadence;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _monitor;
    private int _disposed;

    internal PostgresDistributedLockHandle(DbConnection connection, DbTransaction? transaction, long key, TimeSpan cadence)
    {
        (_connection, _transaction, _key, _cadence) = (connection, transaction, key, cadence);
        HandleLostToken = _lost.Token;
        _monitor = Task.Run(Monitor);
    }

    public CancellationToken HandleLostToken { get; }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _monitor.ConfigureAwait(false);
        try
        {
            if (_transaction is not null) await _transaction.RollbackAsync().ConfigureAwait(false);
            else await Execute("select pg_advisory_unlock(" + _key.ToString(System.Globalization.CultureInfo.InvariantCulture) + ")").ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // The session is gone, and the lock with it: exactly what was asked for.
        }
        await _connection.DisposeAsync().ConfigureAwait(false);
        _lost.Dispose();
        _stop.Dispose();
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task Monitor()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_cadence, _stop.Token).ConfigureAwait(false);
                await Execute("select 1").ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException)
        {
            await _lost.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task Execute(string sql)
    {
        await using var command = _connection.CreateCommand();
        command.Transaction = _transaction;
        command.CommandText = sql;
        command.CommandTimeout = 5;
        await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
