using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests;

/// <summary>The schema is brought about before a silo serves, and by nothing else: a grain that compares tables while another silo starts reads a catalogue that is just changing.</summary>
public sealed class StorePreparationTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Many_silos_that_start_at_once_prepare_one_database_and_a_later_start_drops_nothing()
    {
        await using var database = NpgsqlDataSource.Create(await TestDatabase.Create());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StorePreparation.Prepare(database, NullLogger.Instance, None)));
        await Refuse(database, "sql_drop");
        await StorePreparation.Prepare(database, NullLogger.Instance, None);

        await using var store = DocumentStore.For(options => VitrineStore.Configure(options, database));
        await store.Storage.Database.AssertDatabaseMatchesConfigurationAsync(None);
    }

    [Fact]
    public async Task A_silo_that_serves_changes_no_schema()
    {
        await using var cluster = await TestCluster.Start();
        await Refuse(cluster.Database, "ddl_command_start");

        var brand = await cluster.Tenant("served");
        var job = await brand.End((await brand.Submit(brand.Asks("a red apple"))).Key);

        Assert.Equal(JobState.Succeeded, job.State);
        var refused = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var command = cluster.Database.CreateCommand("create table vitrine.of_a_grain (id bigint)");
            await command.ExecuteNonQueryAsync();
        });
        Assert.Contains("the schema is as it was prepared", refused.MessageText, StringComparison.Ordinal);
    }

    private static async Task Refuse(NpgsqlDataSource database, string happening)
    {
        await using var command = database.CreateCommand($"""
            create function public.refuse() returns event_trigger language plpgsql as $$ begin raise exception 'the schema is as it was prepared: %', tg_tag; end $$;
            create event trigger refuse on {happening} execute function public.refuse();
            """);
        await command.ExecuteNonQueryAsync();
    }
}
