using Marten;
using Npgsql;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Events;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Origins;
using Vitrine.Grains.Subjects;

namespace Vitrine.Silo;

/// <summary>Brings the database to the schema that this build wants. Of many silos that start at once one does it while the others wait; waits for a server that is still starting.</summary>
public static partial class StorePreparation
{
    private const long PreparationLock = 0x5649_5452_494e_45;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan TryEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>With the keys in the same database.</summary>
    public static Task Prepare(NpgsqlDataSource database, ILogger log, CancellationToken cancellation) => Prepare(database, new KeyDatabase(database), log, cancellation);

    public static async Task Prepare(NpgsqlDataSource database, KeyDatabase keys, ILogger log, CancellationToken cancellation)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await using var turn = await Turn(database, cancellation);
                await Schema.Apply(database, cancellation);
                await Schema.Apply(database, MembershipSchema.Ddl, cancellation);
                await using var store = DocumentStore.For(options => VitrineStore.Configure(options, database));
                await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
                await Schema.Apply(database, PdqPieces.Ddl, cancellation);
                await Schema.Apply(database, LateStamps.Ddl, cancellation);
                await Schema.Apply(database, KeptManifests.Ddl, cancellation);
                await Schema.Apply(database, Erasures.Ddl, cancellation);
                await Schema.Apply(database, LedgerSchema.Ddl, cancellation);
                await Schema.Apply(keys.Source, KeyDatabase.Ddl, cancellation);
                return;
            }
            catch (Exception e) when (StoreFailure.IsUnavailable(e) && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                LogWaiting(log, e.Message);
                await Task.Delay(TryEvery, cancellation);
            }
        }
    }

    // Holds the turn until disposed, in the one database that all silos share. Marten's own lock does not keep two that find an empty database from creating
    // the same index. Of a transaction and not of the session: a pooled connection would keep that.
    private static async Task<NpgsqlConnection> Turn(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        try
        {
            await connection.BeginTransactionAsync(cancellation);
            await using var command = new NpgsqlCommand("select pg_advisory_xact_lock($1)", connection) { CommandTimeout = (int)Patience.TotalSeconds };
            command.Parameters.AddWithValue(PreparationLock);
            await command.ExecuteNonQueryAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Waiting for the database: {Cause}")]
    private static partial void LogWaiting(ILogger log, string cause);
}
