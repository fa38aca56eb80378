using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Local;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests;

public sealed class EventJournalTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TenantId Brand = new("brand");

    [Fact]
    public async Task Of_two_that_start_one_stream_in_a_shared_commit_one_loses_and_the_innocent_are_not_touched()
    {
        await using var store = await OpenStore(await TestDatabase.Create());

        var outcomes = await Burst(store.Journal, [.. Innocents(0, 20), Starting("contested"), .. Innocents(20, 20), Starting("contested"), .. Innocents(40, 20)]);

        Assert.IsType<StreamMovedException>(Assert.Single(outcomes, outcome => outcome is not null));
        Assert.Equal(61, await store.EventCount());
    }

    [Fact]
    public async Task Of_two_that_append_at_one_version_in_a_shared_commit_one_loses()
    {
        await using var store = await OpenStore(await TestDatabase.Create());
        await store.Journal.Append(Starting("contested"), None);

        var outcomes = await Burst(store.Journal, [.. Innocents(0, 10), Appending("contested", 1), Appending("contested", 1), .. Innocents(10, 10)]);

        Assert.IsType<StreamMovedException>(Assert.Single(outcomes, outcome => outcome is not null));
        Assert.Equal(22, await store.EventCount());
    }

    [Fact]
    public async Task Commits_that_follow_each_other_use_one_connection_and_leave_the_pool_to_others()
    {
        const int Commits = 60;
        await using var store = await OpenStore(await TestDatabase.Create());
        await Execute(store.Database, """
            create table wrote (pid integer not null, at bigint generated always as identity);
            create function note_writer() returns trigger language plpgsql as $$ begin insert into wrote (pid) values (pg_backend_pid()); return null; end $$;
            create trigger writer after insert on vitrine.mt_streams for each statement execute function note_writer();
            """);
        // So that a pool that hands out in turn has several to hand out.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Execute(store.Database, "select pg_sleep(0.2)")));

        for (var i = 0; i < Commits; i++)
        {
            await store.Journal.Append(Starting($"lone{i}"), None);
            await Execute(store.Database, "select 1");
        }

        await using var changes = store.Database.CreateCommand("select count(*) from (select pid <> lag(pid) over (order by at) as changed from wrote) as each where changed");
        // A machine that stood still for a moment may have let one go back.
        Assert.InRange((long)(await changes.ExecuteScalarAsync(None))!, 0, Commits / 4);

        static async Task Execute(NpgsqlDataSource database, string sql)
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(None);
        }
    }

    [Fact]
    public async Task A_store_that_may_only_be_read_does_not_record_and_is_not_a_bug()
    {
        var connection = await TestDatabase.Create();
        await using var store = await OpenStore(connection);
        Assert.True(await store.Journal.IsRecording(None));

        await using var readOnly = SiloParts.DatabaseOf(connection + ";Options=-c default_transaction_read_only=on");
        await using var reading = new EventJournal(store.Store, readOnly, NullLogger<EventJournal>.Instance);

        Assert.False(await reading.IsRecording(None));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => reading.Append(Starting("late"), None));
    }

    [Fact]
    public async Task A_commit_that_the_store_did_not_take_tells_that_it_takes_none_until_one_is_taken()
    {
        await using var server = await OwnServer.Start();
        await using var store = await OpenStore(await server.Postgres.CreateDatabase("journal", None));
        await server.Postgres.Kill();
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.Journal.Append(Starting("lost"), None));
        Assert.False(await store.Journal.IsRecording(None)); // Without asking the server, which would throw.

        await server.Postgres.Restart(None);
        await Eventually.True(async () => await Record.ExceptionAsync(() => store.Journal.Append(Starting("found"), None)) is null or StreamMovedException);

        Assert.True(await store.Journal.IsRecording(None));
    }

    [Fact]
    public async Task One_stream_name_in_two_tenants_is_two_streams()
    {
        await using var store = await OpenStore(await TestDatabase.Create());

        var outcomes = await Burst(store.Journal, [.. Innocents(0, 5), .. from i in Enumerable.Range(0, 10) select Commit.Of(new($"tenant{i}"), StreamAppend.Start("same", Happened))]);

        Assert.All(outcomes, Assert.Null);
        Assert.Equal(15, await store.EventCount());
    }

    [Fact]
    public async Task A_commit_under_an_old_epoch_is_fenced_and_its_neighbours_are_not()
    {
        await using var store = await OpenStore(await TestDatabase.Create());
        var reader = new AccountReader(store.Database);
        var (old, _) = await reader.Open(Brand, "tenant", "2026-03", JobHistory.Noon, None);
        var (present, _) = await reader.Open(Brand, "tenant", "2026-03", JobHistory.Noon, None);

        var outcomes = await Burst(store.Journal,
        [
            .. Innocents(0, 10), Starting("late") with { Fences = [new AccountFence("tenant", old)] }, Starting("in-time") with { Fences = [new AccountFence("tenant", present)] }, .. Innocents(10, 10),
        ]);

        Assert.Equal(present, old + 1);
        Assert.IsType<AccountFencedException>(outcomes[10]);
        Assert.Single(outcomes, outcome => outcome is not null);
        Assert.Equal(21, await store.EventCount());
    }

    [Fact]
    public async Task A_commit_that_counts_on_something_never_opened_is_fenced_once_it_was_and_in_its_own_tenant_only()
    {
        await using var store = await OpenStore(await TestDatabase.Create());
        Commit Counting(string stream, string on) => Starting(stream) with { Fences = [new AccountFence(on, 0)] };
        await store.Journal.Append(Counting("before", "subject/key/one"), None);

        await new Erasures(store.Database).Fence(new(new("another"), new("key/one")), None);
        await store.Journal.Append(Counting("elsewhere", "subject/key/one"), None);
        await new Erasures(store.Database).Fence(new(Brand, new("key/one")), None);
        var outcomes = await Burst(store.Journal, [.. Innocents(0, 5), Counting("late", "subject/key/one"), Counting("other", "subject/key/two")]);

        Assert.IsType<AccountFencedException>(outcomes[5]);
        Assert.Single(outcomes, outcome => outcome is not null);
        Assert.Equal(8, await store.EventCount());
    }

    [Fact]
    public async Task All_streams_of_a_commit_are_written_or_none()
    {
        await using var store = await OpenStore(await TestDatabase.Create());
        await store.Journal.Append(Starting("taken"), None);

        await Assert.ThrowsAsync<StreamMovedException>(() => store.Journal.Append(Commit.Of(Brand, StreamAppend.Start("new", Happened), StreamAppend.Start("taken", Happened)), None));

        Assert.Equal(1, await store.EventCount());
    }

    [Fact]
    public async Task An_old_writer_and_one_from_the_future_both_learn_that_the_stream_is_elsewhere()
    {
        await using var store = await OpenStore(await TestDatabase.Create());
        await store.Journal.Append(Commit.Of(Brand, StreamAppend.Start("stream", Happened, Happened)), None);

        await Assert.ThrowsAsync<StreamMovedException>(() => store.Journal.Append(Appending("stream", 1), None));
        await Assert.ThrowsAsync<StreamMovedException>(() => store.Journal.Append(Appending("stream", 3), None));
        await Assert.ThrowsAsync<StreamMovedException>(() => store.Journal.Append(Appending("nothing", 1), None));
        await store.Journal.Append(Appending("stream", 2), None);

        Assert.Equal(3, await store.EventCount());
    }

    [Fact]
    public async Task While_the_store_is_away_nothing_is_acknowledged_and_afterwards_all_goes_on()
    {
        await using var server = await OwnServer.Start();
        await using var store = await OpenStore(await server.Postgres.CreateDatabase("journal", None));
        await store.Journal.Append(Starting("before"), None);
        await server.Postgres.Kill();

        var outcomes = await Burst(store.Journal, [.. Innocents(0, 5)]);
        Assert.All(outcomes, outcome => Assert.IsType<LedgerUnavailableException>(outcome));

        await server.Postgres.Restart(None);
        await store.Journal.Append(Starting("after"), None);
        Assert.Equal(2, await store.EventCount());
    }

    [Fact]
    public async Task Steps_that_were_made_are_kept_until_the_result_is_on_record()
    {
        await using var cluster = await TestCluster.Start(checkpointSteps: 1);
        var brand = await cluster.Tenant("kept");
        var (key, _) = await brand.Submit(brand.Asks("a red apple", steps: 50));
        async Task<bool> Kept()
        {
            await using var checkpoint = await cluster.Blobs.OpenTransient(brand.Tenant.Value, $"{key.Job}_at_0", None);
            return checkpoint is not null;
        }
        await Eventually.True(Kept);
        await using (var connection = await cluster.Database.OpenConnectionAsync(None))
        await using (var transaction = await connection.BeginTransactionAsync(None))
        {
            await using var hold = new NpgsqlCommand("lock table vitrine.mt_events in share mode", connection, transaction);
            await hold.ExecuteNonQueryAsync(None);
            // The picture is done and stored, and no event can say so.
            await Eventually.True(async () => await cluster.StoredBlobs(brand.Tenant) == 1);
            Assert.True(await Kept());
            Assert.Equal(JobState.Running, (await cluster.Grains.Job(key).Get())!.State);
        }

        Assert.Equal(JobState.Succeeded, (await brand.End(key)).State);
        await Eventually.True(async () => !await Kept());
    }

    [Fact]
    public async Task A_cluster_without_its_store_accepts_nothing_and_with_it_again_answers_every_request_once()
    {
        await using var server = await OwnServer.Start();
        await using var cluster = await TestCluster.Start(connection: await server.Postgres.CreateDatabase("cluster", None));
        var brand = await cluster.Tenant("away", limits: new Limits(CreditsPerMonth: new Credits(8 * 64)));
        await brand.End((await brand.Submit(Small(0))).Key);
        await server.Postgres.Kill();

        var ids = Enumerable.Range(0, 8).Select(_ => JobId.New()).ToList();
        await Task.WhenAll(ids.Select((id, i) => Assert.ThrowsAsync<LedgerUnavailableException>(() => brand.Submit(Small(i), id))));
        await server.Postgres.Restart(None);

        var outcomes = new List<SubmitOutcome>();
        foreach (var (id, i) in ids.Select((id, i) => (id, i))) outcomes.Add((await brand.Submit(Small(i), id)).Outcome);
        foreach (var outcome in outcomes.Where(outcome => outcome.Job is not null)) await brand.End(new(brand.Tenant, new(outcome.Job!.Id)));
        Assert.Equal((7, Refused.QuotaSpent), (outcomes.Count(outcome => outcome.Job is not null), outcomes.Single(outcome => outcome.Refusal is not null).Refusal!.Reason));
        JobFacts.AssertEnded(await JobFacts.Of(cluster.Database, brand.Tenant));

        SubmitJob Small(int seed) => brand.Asks("a red apple", seed: seed, steps: 1, side: 8);
    }

    private static readonly TenantCreated Happened = new("A brand", JobHistory.Noon);
    private static Commit Starting(string stream) => Commit.Of(Brand, StreamAppend.Start(stream, Happened));
    private static Commit Appending(string stream, long expected) => Commit.Of(Brand, StreamAppend.Continue(stream, expected, null, Happened));
    private static IEnumerable<Commit> Innocents(int from, int count) => Enumerable.Range(from, count).Select(i => Starting($"innocent{i}"));

    /// <summary>Asks for all before the first is answered, so that those after the first share a transaction.</summary>
    private static async Task<Exception?[]> Burst(EventJournal journal, IEnumerable<Commit> commits) =>
        await Task.WhenAll(commits.Select(commit => Record.ExceptionAsync(() => journal.Append(commit, None))).ToList());

    private static async Task<OpenedStore> OpenStore(string connection)
    {
        var database = SiloParts.DatabaseOf(connection);
        await StorePreparation.Prepare(database, NullLogger.Instance, None);
        var store = DocumentStore.For(options => VitrineStore.Configure(options, database));
        return new OpenedStore(database, store, new EventJournal(store, database, NullLogger<EventJournal>.Instance));
    }

    private sealed record OpenedStore(NpgsqlDataSource Database, IDocumentStore Store, EventJournal Journal) : IAsyncDisposable
    {
        /// <summary>Without the tombstones that Marten puts where a failed commit had taken numbers.</summary>
        public async Task<long> EventCount()
        {
            await using var command = Database.CreateCommand("select count(*) from vitrine.mt_events where stream_id <> 'mt_tombstone'");
            return (long)(await command.ExecuteScalarAsync())!;
        }

        public async ValueTask DisposeAsync()
        {
            await Journal.DisposeAsync();
            Store.Dispose();
            await Database.DisposeAsync();
        }
    }

    /// <summary>A server that may be killed without hurting other tests. It keeps what it has acknowledged.</summary>
    private sealed record OwnServer(PrivatePostgres Postgres, string Folder) : IAsyncDisposable
    {
        public static async Task<OwnServer> Start()
        {
            var folder = Directory.CreateTempSubdirectory("vitrine-journal-").FullName;
            return new OwnServer(await PrivatePostgres.Start(new PrivatePostgresOptions { Folder = folder }, None), folder);
        }

        public async ValueTask DisposeAsync()
        {
            var data = Postgres.Folder;
            await Postgres.DisposeAsync();
            foreach (var folder in new[] { Folder, data }.Where(Directory.Exists)) Directory.Delete(folder, recursive: true);
        }
    }
}
