using System.Data.Common;
using System.Diagnostics;

namespace Medallion.Threading.Postgres;

/// <summary>How a lock is held. Only what Weasel sets is honoured.</summary>
public sealed class PostgresConnectionOptionsBuilder
{
    internal bool Transaction { get; private set; }
    internal TimeSpan Cadence { get; private set; } = TimeSpan.FromSeconds(2);

    public PostgresConnectionOptionsBuilder KeepaliveCadence(TimeSpan keepaliveCadence) { Cadence = keepaliveCadence; return this; }
    public PostgresConnectionOptionsBuilder UseTransaction(bool useTransaction = true) { Transaction = useTransaction; return this; }

    /// <summary>Accepted and ignored: here every held lock has a connection of its own.</summary>
    public PostgresConnectionOptionsBuilder UseMultiplexing(bool useMultiplexing = true) { _ = useMultiplexing; return this; }
}

/// <summary>A PostgreSQL advisory lock on a connection of its own: held until disposed or until that session is lost.</summary>
public sealed class PostgresDistributedLock
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(100);
    private readonly DbDataSource _database;
    private readonly PostgresConnectionOptionsBuilder _options = new();

    public PostgresDistributedLock(PostgresAdvisoryLockKey key, DbDataSource dbDataSource, Action<PostgresConnectionOptionsBuilder>? options = null)
    {
        Key = key;
        _database = dbDataSource;
        options?.Invoke(_options);
    }

    public PostgresAdvisoryLockKey Key { get; }

    /// <summary>Null when somebody else still holds the lock after <paramref name="timeout"/>.</summary>
    public async ValueTask<PostgresDistributedLockHandle?> TryAcquireAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            if (await TryOnce(cancellationToken).ConfigureAwait(false) is { } handle) return handle;
            if (started.Elapsed >= timeout) return null;
            await Task.Delay(RetryEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<PostgresDistributedLockHandle?> TryOnce(CancellationToken cancellationToken)
    {
        var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var transaction = _options.Transaction ? await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false) : null;
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = _options.Transaction ? "select pg_try_advisory_xact_lock($1)" : "select pg_try_advisory_lock($1)";
            var parameter = command.CreateParameter();
            parameter.Value = Key.Key;
            command.Parameters.Add(parameter);
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true)
                return new PostgresDistributedLockHandle(connection, transaction, Key.Key, _options.Cadence);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        await connection.DisposeAsync().ConfigureAwait(false);
        return null;
    }
}
