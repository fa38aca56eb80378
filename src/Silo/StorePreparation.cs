using Marten;
using Npgsql;
using Vitrine.Grains.Events;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Origins;
using Vitrine.Grains.Subjects;

namespace Vitrine.Silo;

/// <summary>Brings the database to the schema that this build wants. Safe to run by many silos at once; waits for a server that is still starting.</summary>
public static partial class StorePreparation
{
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
                await Schema.Apply(database, cancellation);
                await Schema.Apply(database, MembershipSchema.Ddl, cancellation);
                await using var store = DocumentStore.For(options => VitrineStore.Configure(options, database));
                await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
                await Schema.Apply(database, PdqPieces.Ddl, cancellation);
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

    [LoggerMessage(LogLevel.Warning, "Waiting for the database: {Cause}")]
    private static partial void LogWaiting(ILogger log, string cause);
}
