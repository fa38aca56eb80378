using System.Text;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Grains.Tests.Ledger;
using Vitrine.Grains.Users;
using Vitrine.Media;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Tests.Subjects;

/// <summary>A person is forgotten: at once, everywhere, once, and nothing else with them. The cluster has no device: the test is its renderer.</summary>
public sealed class ErasureTests : IAsyncLifetime
{
    private const string Secret = "the quince of Samarkand";
    private static readonly CancellationToken None = CancellationToken.None;
    private ViewRows Views => new(_cluster);
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(devices: _ => false);
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Of_an_erased_person_nothing_is_told_or_accepted_any_more_and_everything_stays_counted()
    {
        var brand = await _cluster.Tenant("erase-all");
        var bob = await Colleague(brand, "bob");
        var (done, waiting, running) = (await Done(brand, 2), (await brand.Submit(brand.Asks(Secret))).Key, (await brand.Submit(brand.Asks(Secret))).Key);
        await brand.Submit(brand.Asks("a nude woman, " + Secret));
        await _cluster.Grains.Job(running).Begin(TestTenant.Device, None);
        var bobs = await Done(bob, 1);
        var usage = await _cluster.Grains.Project(new(brand.Tenant, brand.Project)).Usage(null, None);
        await _cluster.Grains.Ledgers().Seal(None);
        var asset = AssetId.Of(done.Job, 0);
        Assert.Contains(Secret, Encoding.UTF8.GetString((await _cluster.Grains.Ledger(brand.Tenant).Evidence(asset, None))!.Value!.Events.First(e => e.Opening is not null).Opening!), StringComparison.Ordinal);
        Assert.Equal(3, await _cluster.StoredBlobs(brand.Tenant));

        var erasure = (await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None))!;

        Assert.Equal((4, 2, 2, 0), (erasure.Jobs, erasure.JobsCanceled, erasure.Assets, erasure.PlainRecords));
        Assert.NotNull(erasure.ErasedAt);
        Assert.NotNull(erasure.LedgerIndex);
        foreach (var key in new[] { done, waiting, running })
        {
            var job = (await brand.Job(key))!;
            Assert.Equal((true, null, null, null, false), (job.IsErased, job.Prompt, job.NegativePrompt, job.Metadata, job.IsOpen));
        }
        Assert.Equal(JobState.Canceled, (await brand.Job(running))!.State);
        Assert.All((await _cluster.Grains.Session(new(brand.Tenant, "thread")).Get())!.Jobs.Where(job => job.User == "ada"), job => Assert.True(job.IsErased && job.Prompt is null));
        Assert.Equal(["ada", "ada", "ada", "bob"], (await _cluster.Grains.Jobs(brand.Tenant).List(new JobQuery(null, null, null, null, null, 100))).Jobs!.Select(job => job.User!).Order());
        Assert.Equal(("", UserState.Erased), await NameAndState(brand));
        Assert.NotNull((await _cluster.Grains.Asset(new(brand.Tenant, asset)).Get(None))!.ErasedAt);

        // Nothing new, and no replay.
        var (_, refused) = await brand.Submit(brand.Asks("something else"));
        Assert.Equal((null, Refused.UserErased), (refused.Job, refused.Refusal?.Reason));
        Assert.Equal(Refused.UserErased, (await brand.Submit(brand.Asks(Secret), done.Job)).Outcome.Refusal?.Reason);
        Assert.Equal(Refused.UserErased, (await brand.Submit(brand.Asks("a nude woman"))).Outcome.Refusal?.Reason);
        Assert.Equal(Refused.AlreadyExists, (await _cluster.Grains.User(new(brand.Tenant, brand.User)).Register(new RegisterUser("Ada again"), None)).Refusal?.Reason);
        Assert.Equal(Refused.InvalidValue, (await _cluster.Grains.Tenant(brand.Tenant).IssueKey(new IssueKey(new("abcd"), new string('0', 64), Scopes.Read, brand.Project, brand.User, "x", null), None)).Refusal?.Reason);

        // Of the colleague everything is there.
        Assert.Equal((false, Secret), ((await brand.Job(bobs))!.IsErased, (await brand.Job(bobs))!.Prompt));
        Assert.NotNull(Assert.Single((await _cluster.Grains.Job(bobs).Get())!.Assets));
        Assert.Null((await bob.Submit(bob.Asks("something else"))).Outcome.Refusal);

        var after = await _cluster.Grains.Project(new(brand.Tenant, brand.Project)).Usage(null, None);
        Assert.Equal((usage!.Settled, usage.Images), (after!.Settled, after.Images));

        // What is left proves what it did, but for what she said.
        await _cluster.Grains.Ledgers().Seal(None);
        var evidence = (await _cluster.Grains.Ledger(brand.Tenant).Evidence(asset, None))!.Value!;
        Assert.All(evidence.Events, e => Assert.NotNull(e.Payload));
        Assert.All(evidence.Events, e => Assert.Null(e.Opening));
        Assert.Contains(evidence.Events, e => LeafEnvelope.Parse(e.Entry)!.Type == "asset.erased");
        await (await LedgerRows.Read(_cluster.Database)).VerifyAll(TestCluster.Ledger);
        var found = (await _cluster.Grains.Ledger(brand.Tenant).Events(new EventQuery(null, null, null, null, null, null, null, "QUINCE", null, 200), None)).Value!;
        Assert.NotEmpty(found.Events);
        Assert.All(found.Events, e => Assert.Equal(bobs.Job.Value, e.Job));
        var submitted = (await _cluster.Grains.Ledger(brand.Tenant).Events(new EventQuery(null, null, "ada", null, null, null, "job.prompt_submitted", null, null, 200), None)).Value!;
        Assert.All(submitted.Events, e => Assert.Contains("\"Personal\":\"erased\"", e.Data, StringComparison.Ordinal));
        Assert.Equal(1, await _cluster.StoredBlobs(brand.Tenant));

        // Again: the same answer, and nothing new in the store.
        var events = await _cluster.Database.Count("select count(*) from vitrine.mt_events");
        Assert.Equal(erasure, await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("another", None));
        Assert.Equal(events, await _cluster.Database.Count("select count(*) from vitrine.mt_events"));
        JobFacts.AssertSound(await JobFacts.Of(_cluster.Database, brand.Tenant));
        Assert.Null(await _cluster.Grains.Erasure(new(brand.Tenant, new("nobody"))).Erase("admin", None));
    }

    [Fact]
    public async Task Nothing_that_a_person_says_is_readable_in_the_database_before_or_after()
    {
        var brand = await _cluster.Tenant("erase-dump");
        await _cluster.Grains.User(new(brand.Tenant, new("carla"))).Register(new RegisterUser("Carla " + Secret), None);
        await _cluster.Grains.Tenant(brand.Tenant).IssueKey(new IssueKey(new("aaaa"), new string('0', 64), Scopes.Read, brand.Project, brand.User, Secret, null), None);
        var (key, _) = await brand.Submit(brand.Asks(Secret) with { NegativePrompt = Secret, Steps = null, Metadata = new Dictionary<string, string> { ["note"] = Secret }, EndUser = Secret });
        Assert.Equal(Secret, (await brand.Job(key))!.Metadata!["note"]);
        Assert.Contains((await _cluster.Grains.Members(brand.Tenant).Users(null, 10)), user => user.Name == "Carla " + Secret);
        Assert.Equal(Secret, (await _cluster.Grains.Keys(brand.Tenant).List(null, 10)).Single().Name);

        Assert.DoesNotContain("quince", await _cluster.Database.Everything(), StringComparison.OrdinalIgnoreCase);
        await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None);
        await _cluster.Grains.Erasure(new(brand.Tenant, new("carla"))).Erase("admin", None);
        Assert.DoesNotContain("quince", await _cluster.Database.Everything(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("", (await _cluster.Grains.Keys(brand.Tenant).List(null, 10)).Single().Name);
        Assert.All(await _cluster.Grains.Members(brand.Tenant).Users(null, 10), user => Assert.Equal("", user.Name));
    }

    [Fact]
    public async Task Replays_of_the_persons_pictures_end_and_those_of_others_go_on()
    {
        var brand = await _cluster.Tenant("erase-replays");
        await _cluster.Grains.User(new(brand.Tenant, new("carla"))).Register(new RegisterUser("Carla"), None);
        var replays = new List<ReplayView>();
        foreach (var user in new[] { brand.User, new UserId("carla") })
        {
            var (key, _) = await brand.Submit(brand.Asks(Secret) with { User = user });
            await brand.Render(key);
            replays.Add((await _cluster.Grains.Replays(brand.Tenant).Request(new(ReplayId.New(), AssetId.Of(key.Job, 0), "testkey0testkey0"), None))!.Replay!);
        }

        await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None);

        var after = new List<ReplayState>();
        foreach (var replay in replays) after.Add((await _cluster.Grains.Replays(brand.Tenant).Get(new(replay.Id), None))!.State);
        Assert.Equal([ReplayState.Canceled, ReplayState.Queued], after);
    }

    [Fact]
    public async Task Views_rebuilt_before_and_after_an_erasure_are_the_views_that_grew()
    {
        var brand = await _cluster.Tenant("erase-rebuild");
        await Done(brand, 2);
        await OldJob(brand, 7);
        await _cluster.Grains.Tenant(brand.Tenant).IssueKey(new IssueKey(new("aaaa"), new string('0', 64), Scopes.Read, brand.Project, brand.User, Secret, null), None);
        var before = await Views.Read();
        await Views.Wipe();
        await Views.Rebuild();
        Assert.Equal(before, await Views.Read());

        await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None);
        var after = await Views.Read();
        Assert.NotEqual(before, after);
        await Views.Wipe();
        await Views.Rebuild();
        Assert.Equal(after, await Views.Read());
    }

    [Fact]
    public async Task Texts_of_the_time_before_they_were_sealed_still_read_and_are_overwritten_when_their_person_is_erased()
    {
        var brand = await _cluster.Tenant("erase-plain");
        var old = await OldJob(brand, 3);
        Assert.Equal((Secret, "note", false), ((await brand.Job(old))!.Prompt, (await brand.Job(old))!.Metadata!.Keys.Single(), (await brand.Job(old))!.IsErased));
        // A request of then that is sent again is the same request.
        Assert.True((await brand.Submit(brand.Asks(Secret, digest: "old digest"), old.Job)).Outcome.Replayed);
        await brand.Render(old);
        await _cluster.Grains.Ledgers().Seal(None);
        var asset = AssetId.Of(old.Job, 0);
        Assert.Contains((await _cluster.Grains.Ledger(brand.Tenant).Evidence(asset, None))!.Value!.Events, e => Encoding.UTF8.GetString(e.Payload!).Contains(Secret, StringComparison.Ordinal));
        Assert.Contains("quince", await _cluster.Database.Everything(), StringComparison.OrdinalIgnoreCase);

        var erasure = (await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None))!;

        Assert.Equal(2, erasure.PlainRecords);
        Assert.DoesNotContain("quince", await _cluster.Database.Everything(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal((true, null), ((await brand.Job(old))!.IsErased, (await brand.Job(old))!.Prompt));
        await _cluster.Grains.Ledgers().Seal(None);
        var evidence = (await _cluster.Grains.Ledger(brand.Tenant).Evidence(asset, None))!.Value!;
        Assert.Equal(["job.prompt_submitted", "job.prompt_screened"], evidence.Events.Where(e => e.Payload is null).Select(e => LeafEnvelope.Parse(e.Entry)!.Type));
        await (await LedgerRows.Read(_cluster.Database)).VerifyAll(TestCluster.Ledger);
    }

    [Theory]
    [InlineData("update vitrine.mt_events set data = jsonb_set(data, '{Seed}', '99') where tenant_id = 'altered' and type = 'job.accepted'", "job.accepted")]
    [InlineData("update vitrine.mt_events set data = jsonb_set(data, '{Personal,Box}', '\"AAAA\"') where tenant_id = 'altered' and type = 'job.prompt_submitted'", "job.prompt_submitted")]
    [InlineData("update vitrine.mt_events set data = data || '{\"Prompt\": null, \"Overwritten\": true}' where tenant_id = 'altered' and type = 'job.prompt_submitted'", "job.prompt_submitted")]
    [InlineData("update vitrine.mt_events set data = '[]' where tenant_id = 'altered' and type = 'asset.output_produced'", "asset.output_produced")]
    [InlineData("update vitrine.mt_events set timestamp = timestamp + interval '1 hour' where tenant_id = 'altered' and type = 'job.completed'", "job.completed")]
    public async Task An_event_that_was_altered_after_it_was_logged_is_said_to_be(string sql, string type)
    {
        var brand = await _cluster.Tenant("altered");
        var done = await Done(brand, 1);
        await _cluster.Grains.Ledgers().Seal(None);
        await _cluster.Database.Execute(sql);

        var outcome = (await _cluster.Grains.Ledger(brand.Tenant).Evidence(AssetId.Of(done.Job, 0), None))!;

        Assert.Equal((null, Refused.RecordAltered), (outcome.Value, outcome.Refusal?.Reason));
        Assert.Contains($"({type})", outcome.Refusal!.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("quince", outcome.Refusal.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_was_altered_takes_its_own_text_away_and_no_list()
    {
        var brand = await _cluster.Tenant("altered-row");
        var (first, second) = (await Done(brand, 1), await Done(brand, 1));
        await _cluster.Database.Execute($"update vitrine.mt_doc_jobview set data = jsonb_set(data, '{{Personal}}', (select data -> 'Personal' from vitrine.mt_doc_jobview where id = '{second.Job}')) where id = '{first.Job}'");

        var jobs = (await _cluster.Grains.Jobs(brand.Tenant).List(new JobQuery(null, null, null, null, null, 100))).Jobs!;

        Assert.Equal((null, false), (jobs.Single(job => job.Id == first.Job.Value).Prompt, jobs.Single(job => job.Id == first.Job.Value).IsErased));
        Assert.Equal(Secret, jobs.Single(job => job.Id == second.Job.Value).Prompt);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public async Task An_erasing_that_was_interrupted_is_taken_up_and_everything_happens_once(int steps)
    {
        var brand = await _cluster.Tenant($"erase-cut-{steps}");
        var done = await Done(brand, 3);
        await brand.Submit(brand.Asks(Secret));
        // As far as a silo came before it died.
        await _cluster.Grains.User(new(brand.Tenant, brand.User)).BeginErasure("admin", None);
        if (steps > 1) await _cluster.Services.GetRequiredService<SubjectKeys>().Destroy(brand.Tenant, brand.User, None);
        if (steps > 2) await _cluster.Grains.Asset(new(brand.Tenant, AssetId.Of(done.Job, 0))).Erase(None);
        if (steps > 3) await AppendErased(brand, AssetId.Of(done.Job, 1));
        Assert.Equal((UserState.Erasing, Refused.UserErased), ((await NameAndState(brand)).State, (await brand.Submit(brand.Asks("x"))).Outcome.Refusal?.Reason));

        await Eventually.True(async () => (await NameAndState(brand)).State == UserState.Erased, "the sweep takes the erasing up");

        Assert.Equal((1L, 3L), (await _cluster.Database.Count($"select count(*) from vitrine.mt_events where tenant_id = '{brand.Tenant}' and type = 'user.erased'"), await _cluster.Database.Count($"select count(*) from vitrine.mt_events where tenant_id = '{brand.Tenant}' and type = 'asset.erased'")));
        Assert.Equal(0, await _cluster.StoredBlobs(brand.Tenant));
        JobFacts.AssertEnded(await JobFacts.Of(_cluster.Database, brand.Tenant));
        var erasure = (await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None))!;
        Assert.Equal((2, 1, 3), (erasure.Jobs, erasure.JobsCanceled, erasure.Assets));
    }

    [Fact]
    public async Task Whoever_submits_while_the_person_is_erased_is_refused_or_their_job_is_ended()
    {
        var brand = await _cluster.Tenant("erase-race");
        using var stop = new CancellationTokenSource();
        var (accepted, refused) = (0, 0);
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var (_, outcome) = await brand.Submit(brand.Asks(Secret));
                if (outcome.Refusal is null) Interlocked.Increment(ref accepted);
                else
                {
                    Assert.Equal(Refused.UserErased, outcome.Refusal.Reason);
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToArray();
        await Eventually.True(() => Task.FromResult(Volatile.Read(ref accepted) > 20), "jobs are accepted");
        var erasure = (await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None))!;
        while (erasure.ErasedAt is null) erasure = (await _cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None))!;
        await Eventually.True(() => Task.FromResult(Volatile.Read(ref refused) > 20), "jobs are refused");
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        Assert.Equal(accepted, erasure.Jobs);
        JobFacts.AssertEnded(await JobFacts.Of(_cluster.Database, brand.Tenant));
    }

    /// <summary>A job with its pictures, whose bytes are in the store.</summary>
    private async Task<JobKey> Done(TestTenant brand, int images)
    {
        var (key, outcome) = await brand.Submit(brand.Asks(Secret, images) with { Metadata = new Dictionary<string, string> { ["note"] = Secret } });
        Assert.Null(outcome.Refusal);
        var order = (await _cluster.Grains.Job(key).Begin(TestTenant.Device, None))!;
        Assert.Equal(Secret, order.View.Prompt);
        var outputs = new List<AssetView>();
        for (var i = 0; i < images; i++)
        {
            var blob = await _cluster.Blobs.Put(brand.Tenant.Value, Encoding.UTF8.GetBytes($"{key} {i}"), None);
            outputs.Add(JobHistory.Asset(i) with { Id = AssetId.Of(key.Job, i).Value, Job = key.Job.Value, Sha256 = blob.Sha256, Manifest = $"urn:{key.Job}:{i}", Pdq = new string('0', 64), PdqQuality = 100 });
        }
        Assert.True(await _cluster.Grains.Job(key).Finish(order.Attempt, new RenderResult(outputs, null, false), None));
        return key;
    }

    /// <summary>A job as it was recorded before texts were sealed; it waits.</summary>
    private async Task<JobKey> OldJob(TestTenant brand, int seed)
    {
        var key = new JobKey(brand.Tenant, JobId.New());
        var at = _cluster.Time.GetUtcNow().ToMicroseconds();
        object[] events =
        [
            new PromptSubmitted(brand.Project.Value, brand.User.Value, null, "key", "native", "old digest", Secret, null, 1, new Dictionary<string, string> { ["note"] = Secret }, Secret, at),
            new PromptScreened("sha256:policy", true, [], "digest of the quince", at), new CreditsReserved(AccountGrain.PeriodOf(at), 1000),
            new JobAccepted(_cluster.Catalogue.Models[0].Name, "1", "sha256:model", 64, 64, seed, 4, 1, PictureFormat.Png, 90, Speed.Fast, 0, at),
        ];
        await _cluster.Services.GetRequiredService<EventJournal>().Append(Commit.Of(brand.Tenant, StreamAppend.Start(key.Job.Value, events)), None);
        return key;
    }

    private async Task<TestTenant> Colleague(TestTenant brand, string name)
    {
        await _cluster.Grains.User(new(brand.Tenant, new(name))).Register(new RegisterUser(name), None);
        return brand with { Principal = brand.Principal with { User = new UserId(name) } };
    }

    private async Task AppendErased(TestTenant brand, AssetId asset)
    {
        var view = (await _cluster.Grains.Asset(new(brand.Tenant, asset)).Get(None))!;
        await _cluster.Services.GetRequiredService<EventJournal>().Append(Commit.Of(brand.Tenant, StreamAppend.Continue(asset.Value, 1, view, new AssetErased(_cluster.Time.GetUtcNow().ToMicroseconds()))), None);
    }

    private async Task<(string Name, UserState State)> NameAndState(TestTenant brand)
    {
        var user = (await _cluster.Grains.User(new(brand.Tenant, brand.User)).Get(None))!;
        return (user.Name, user.State);
    }
}
