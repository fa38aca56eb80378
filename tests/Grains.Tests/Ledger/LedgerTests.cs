using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Grains.Tests.Ledger;

/// <summary>Committed events become leaves: all of them, once, in order, whoever writes and whatever is under way.</summary>
public sealed class LedgerTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TestCluster _cluster = null!;
    private int _streams;

    private EventJournal Journal => _cluster.Services.GetRequiredService<EventJournal>();

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(devices: _ => false);
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Every_committed_event_is_one_leaf_under_a_signed_checkpoint()
    {
        var brand = await _cluster.Tenant("ledger-a");
        var other = await _cluster.Tenant("ledger-b");
        var (job, _) = await brand.Submit(brand.Asks("a red apple", images: 2));
        await other.Submit(other.Asks("a green apple"));
        await brand.Render(job);
        await _cluster.Grains.Ledgers().Seal(None);

        var log = await LedgerRows.Read(_cluster.Database);
        await log.VerifyAll(TestCluster.Ledger);
        Assert.Equal(await log.CountEvents(), log.Leaves.Where(each => each.Key != LogId.Platform.Value).Sum(each => each.Value.Count));
        var produced = log.Leaves["ledger-a"].Select(leaf => LeafEnvelope.Parse(leaf)!).Where(leaf => leaf.Type == "asset.output_produced").ToList();
        Assert.Equal(2, produced.Count);
        Assert.All(produced, leaf => Assert.Equal(("urn:c2pa:test", new string('a', 64)), (leaf.Manifest, Convert.ToHexStringLower(leaf.FileSha256!.Value.ToArray()))));
        Assert.Contains(log.Leaves["ledger-a"], leaf => LeafEnvelope.Parse(leaf) is { Type: "job.prompt_screened", PolicyDigest: not null });
    }

    [Fact]
    public async Task A_leaf_commits_to_its_payload_and_does_not_tell_it()
    {
        var brand = await _cluster.Tenant("ledger-c");
        var (job, _) = await brand.Submit(brand.Asks("a very secret campaign"));
        await _cluster.Grains.Ledgers().Seal(None);

        var log = await LedgerRows.Read(_cluster.Database);
        Assert.DoesNotContain("secret campaign", string.Concat(log.Leaves["ledger-c"].Select(leaf => System.Text.Encoding.Latin1.GetString(leaf))), StringComparison.Ordinal);
        var submitted = log.Leaves["ledger-c"].Select(leaf => LeafEnvelope.Parse(leaf)!).Single(leaf => leaf.Type == "job.prompt_submitted" && leaf.Stream == job.Job.Value);
        var keys = _cluster.Services.GetRequiredService<TenantKeys>();
        var stored = (await _cluster.Services.GetRequiredService<LedgerStore>().Events(submitted.Sequence - 1, submitted.Sequence, 1, None)).Single();
        var salt = (await keys.Salts(["ledger-c"], None)).Of(stored);
        // What was said is closed within the payload; the entry commits to it like that, so that it holds after an erasure too.
        Assert.DoesNotContain("secret campaign", System.Text.Encoding.UTF8.GetString(stored.Payload()), StringComparison.Ordinal);
        var (opening, openingSalt) = (await _cluster.Services.GetRequiredService<PersonalText>().Open(brand.Tenant, stored.Stream, stored.Type, stored.Payload(), None))!.Value;
        Assert.Contains("a very secret campaign", System.Text.Encoding.UTF8.GetString(opening), StringComparison.Ordinal);
        using var payload = System.Text.Json.JsonDocument.Parse(stored.Payload());
        Assert.Equal((true, PayloadCommitment.Of(openingSalt, opening)), SealedPart.Of(payload.RootElement));
        Assert.Equal(submitted.Commitment, PayloadCommitment.Of(salt, stored.Payload()));
        Assert.NotEqual(submitted.Commitment, PayloadCommitment.Of((await keys.Salts(["ledger-d"], None)).Of(stored with { Tenant = "ledger-d" }), stored.Payload()));
    }

    [Fact]
    public async Task An_event_that_commits_late_with_an_early_number_is_not_passed_over()
    {
        await Append("late", 2);
        await _cluster.Grains.Ledgers().Seal(None);

        await using var slow = await _cluster.Database.OpenConnectionAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await Execute(slow, "insert into vitrine.mt_streams (tenant_id, id, version) values ('late', 'key/slow', 1)");
        await Execute(slow, """
            insert into vitrine.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            values (nextval('vitrine.mt_events_sequence'), gen_random_uuid(), 'key/slow', 1, '{"At": "2026-01-01T00:00:00+00:00"}', 'key.revoked', now(), 'late', 'x', false)
            """);
        await Append("late", 3);
        await _cluster.Grains.Ledgers().Seal(None);
        Assert.Equal(2, (await LedgerRows.Read(_cluster.Database)).Leaves["late"].Count);

        await transaction.CommitAsync();
        await _cluster.Grains.Ledgers().Seal(None);
        var log = await LedgerRows.Read(_cluster.Database);
        await log.VerifyAll(TestCluster.Ledger);
        Assert.Equal(6, log.Leaves["late"].Count);
        Assert.Equal("key/slow", LeafEnvelope.Parse(log.Leaves["late"][2])!.Stream);
    }

    [Fact]
    public async Task A_number_that_nobody_used_is_passed_over()
    {
        await Append("burned", 1);
        await using (var slow = await _cluster.Database.OpenConnectionAsync())
            await Execute(slow, "select nextval('vitrine.mt_events_sequence') from generate_series(1, 40)");
        await Append("burned", 1);
        await _cluster.Grains.Ledgers().Seal(None);
        Assert.Equal(2, (await LedgerRows.Read(_cluster.Database)).Leaves["burned"].Count);
    }

    [Fact]
    public async Task Writers_that_take_the_log_from_each_other_leave_no_gap_and_no_double()
    {
        int seed = Environment.TickCount;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        using var stop = new CancellationTokenSource();
        var fenced = 0;
        // Each is what a silo would be that believes to hold the ledger; a turn is broken off anywhere, as kill -9 would.
        var writers = Enumerable.Range(0, 3).Select(number => Task.Run(async () =>
        {
            var random = new Random(unchecked(seed + number));
            var store = new LedgerStore(_cluster.Database);
            var keys = new TenantKeys(new KeyDatabase(_cluster.Database));
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    var turn = await store.Open(None);
                    for (var batch = random.Next(1, 4); batch > 0; batch--)
                    {
                        if (await store.Mark(turn.Sequence, None) is not { } mark) break;
                        while (!await store.IsPast(mark, None)) await Task.Yield();
                        var events = await store.Events(turn.Sequence, mark.Sequence, random.Next(1, 20), None);
                        if (events.Count == 0) break;
                        var tenants = events.Select(e => e.Tenant).Distinct().ToList();
                        await store.Append(turn, events[^1].Sequence, LeafBatch.Of(events, await store.Trees(tenants, None), (await keys.Salts(tenants, None)).Of), None);
                        turn = turn with { Sequence = events[^1].Sequence };
                    }
                }
                catch (LedgerFencedException)
                {
                    Interlocked.Increment(ref fenced);
                }
            }
        })).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(producer => Append(string.Create(CultureInfo.InvariantCulture, $"many-{producer % 3}"), 100)));
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await _cluster.Grains.Ledgers().Seal(None);
        // The grain may find itself replaced at first; then it begins a new turn.
        await _cluster.Grains.Ledgers().Seal(None);

        Assert.True(fenced > 0, "No writer was ever replaced; the test proves nothing.");
        var log = await LedgerRows.Read(_cluster.Database);
        await log.VerifyAll(TestCluster.Ledger);
        Assert.Equal(800, log.Leaves.Where(each => each.Key.StartsWith("many-", StringComparison.Ordinal)).Sum(each => each.Value.Count));
    }

    [Fact]
    public async Task Checkpoints_are_signed_when_they_are_due_and_each_continues_the_former()
    {
        await Append("due", 3);
        await _cluster.Grains.Ledgers().Seal(None);
        await Append("due", 4);
        await _cluster.Grains.Ledgers().Advance(None);
        var log = await LedgerRows.Read(_cluster.Database);
        Assert.Equal((7, 1), (log.Leaves["due"].Count, log.Checkpoints["due"].Count));

        _cluster.Time.Advance(TestCluster.Ledger.CheckpointEvery);
        await _cluster.Grains.Ledgers().Advance(None);
        log = await LedgerRows.Read(_cluster.Database);
        Assert.Equal([3, 7], log.Checkpoints["due"].Select(note => Checkpoint.Parse(note.Text)!.Size));
        await log.VerifyAll(TestCluster.Ledger);
    }

    [Fact]
    public async Task A_call_writes_what_was_there_and_leaves_what_comes_meanwhile_to_the_next()
    {
        const int Calls = 5;
        await Append("busy", 1);
        await _cluster.Grains.Ledgers().Advance(None);
        var before = await Transactions();
        using var enough = new CancellationTokenSource();
        var busy = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested) await Append("busy", 1);
        });
        for (var call = 0; call < Calls; call++) await _cluster.Grains.Ledgers().Advance(None);
        var written = await Transactions() - before;
        await enough.CancelAsync();
        await busy;

        // One for each call; one more where a call before had to leave its own behind.
        Assert.InRange(written, 1, 2 * Calls);
        await _cluster.Grains.Ledgers().Seal(None);
        var log = await LedgerRows.Read(_cluster.Database);
        Assert.Equal(await log.CountEvents(), log.Leaves.Where(each => each.Key != LogId.Platform.Value).Sum(each => each.Value.Count));

        async Task<long> Transactions()
        {
            await using var command = _cluster.Database.CreateCommand("select count(distinct xmin::text) from vitrine.ledger_leaf where log = 'busy'");
            return (long)(await command.ExecuteScalarAsync(None))!;
        }
    }

    [Theory]
    [InlineData("update vitrine.ledger_leaf set entry = ''")]
    [InlineData("delete from vitrine.ledger_leaf")]
    [InlineData("truncate vitrine.ledger_leaf")]
    [InlineData("update vitrine.ledger_node set level = 9")]
    [InlineData("delete from vitrine.ledger_checkpoint")]
    [InlineData("truncate vitrine.ledger_cosignature")]
    public async Task What_was_written_is_not_changed(string sql)
    {
        await Append("stays", 1);
        await _cluster.Grains.Ledgers().Seal(None);
        await using var connection = await _cluster.Database.OpenConnectionAsync();
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Execute(connection, sql));
        Assert.Equal(LedgerSchema.ImmutableSqlState, refused.SqlState);
    }

    private async Task Append(string tenant, int events)
    {
        for (var i = 0; i < events; i++)
            await Journal.Append(Commit.Of(new TenantId(tenant), StreamAppend.Start(string.Create(CultureInfo.InvariantCulture, $"key/{Interlocked.Increment(ref _streams)}"), new KeyRevoked(At))), None);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
