using Microsoft.Extensions.Logging;
using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Subjects;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests.Subjects;

/// <summary>Keys are made once, kept for a moment, and gone for good when they are destroyed. Each instance here is what a silo would have.</summary>
public sealed class SubjectKeysTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TenantId Acme = new("acme");
    private readonly HandTurnedClock _time = new();
    private NpgsqlDataSource _database = null!;

    private SubjectKeys Silo => new(new KeyDatabase(_database), _time);

    public async Task InitializeAsync()
    {
        _database = SiloParts.DatabaseOf(await TestDatabase.Create());
        await StorePreparation.Prepare(_database, LoggerFactory.Create(_ => { }).CreateLogger("test"), None);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Silos_that_meet_a_person_at_the_same_moment_get_one_key()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ => (await Silo.ForSealing(Acme, "ada", None))!));
        Assert.Single(found.Select(subject => subject.Digest("x")).Distinct());
        Assert.NotEqual(found[0].Digest("x"), (await Silo.ForSealing(Acme, "bob", None))!.Digest("x"));
        Assert.NotEqual(found[0].Digest("x"), (await Silo.ForSealing(new("rival"), "ada", None))!.Digest("x"));
        Assert.NotEqual(found[0].Digest("x"), (await Silo.ForSealing(Acme, null, None))!.Digest("x"));
    }

    [Fact]
    public async Task A_kept_key_asks_nobody_and_stops_counting_when_nobody_looks()
    {
        var silo = Silo;
        await silo.Refresh(None);
        var first = await silo.ForSealing(Acme, "kept", None);
        await Execute("update vitrine_keys.subject_key set key = decode(repeat('00', 32), 'hex') where user_id = 'kept'");

        Assert.Same(first, await silo.ForSealing(Acme, "kept", None));
        _time.Advance(SubjectKeys.Trust);
        Assert.NotEqual(first!.Digest("x"), (await silo.ForSealing(Acme, "kept", None))!.Digest("x"));
    }

    [Fact]
    public async Task A_destroyed_key_counts_nowhere_after_the_next_look_and_is_never_made_again()
    {
        var (here, there) = (Silo, Silo);
        foreach (var silo in new[] { here, there })
        {
            await silo.Refresh(None);
            Assert.NotNull(await silo.ForSealing(Acme, "gone", None));
        }
        Assert.True(await here.Destroy(Acme, new("gone"), None));

        Assert.Null(await here.ForSealing(Acme, "gone", None));
        Assert.NotNull(await there.ForSealing(Acme, "gone", None));
        await there.Refresh(None);
        Assert.Null(await there.ForSealing(Acme, "gone", None));
        Assert.True(await there.IsErased(Acme, "gone", None));
        Assert.Null((await there.ForOpening(Acme, ["gone"], None))["gone"]);
        Assert.False(await here.Destroy(Acme, new("gone"), None));
        Assert.Null(await Silo.ForSealing(Acme, "gone", None));
        // Of one who never said anything none is made either.
        await here.Destroy(Acme, new("silent"), None);
        Assert.Null(await Silo.ForSealing(Acme, "silent", None));
        Assert.False(await Silo.IsErased(Acme, "stranger", None));
    }

    [Fact]
    public async Task A_key_that_was_lost_is_no_erasure()
    {
        await Assert.ThrowsAsync<InvalidDataException>(async () => await Silo.ForOpening(Acme, ["lost"], None));
    }

    [Fact]
    public async Task Nothing_of_a_destroyed_key_stays_in_the_rows_of_its_table()
    {
        var silo = Silo;
        await silo.ForSealing(Acme, "page", None);
        await silo.Destroy(Acme, new("page"), None);
        await silo.Vacuum(None);
        await using var command = _database.CreateCommand("select n_dead_tup from pg_stat_force_next_flush(), pg_stat_user_tables where schemaname = 'vitrine_keys' and relname = 'subject_key'");
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    private sealed class HandTurnedClock : TimeProvider
    {
        private long _ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public void Advance(TimeSpan by) => _ticks += by.Ticks;
        public override long GetTimestamp() => _ticks;
    }

    private async Task Execute(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
