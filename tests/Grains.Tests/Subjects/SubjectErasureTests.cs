using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tests.Ledger;
using Vitrine.Media;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Tests.Subjects;

/// <summary>
/// An end user behind a shared key is forgotten alone, and so is whoever spoke through a key in nobody's name. The cluster has no device: the test is its renderer.
/// </summary>
public sealed class SubjectErasureTests : IAsyncLifetime
{
    private const string Secret = SharedKey.Secret, Visitor = "Wanda Visitor";
    private static readonly CancellationToken None = CancellationToken.None;
    private ViewRows Views => new(_cluster);
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(devices: _ => false);
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>What ErasureSweep does after a start and every ten minutes.</summary>
    [Fact]
    public async Task Keys_of_the_erased_that_a_restored_backup_brings_back_are_destroyed_again()
    {
        var shop = await Shop("revived");
        var (done, guest) = (await shop.Done(Visitor, 1), await shop.Done("guest", 1));
        var ada = shop.Brand.User;
        var hers = (await shop.Brand.Submit(shop.Brand.Asks(Secret))).Key;
        await _cluster.Database.Execute("create table revived_backup as select * from vitrine_keys.subject_key where key is not null");
        await Erase(await shop.Find(Visitor));
        await _cluster.Grains.Erasure(new(shop.Tenant, ada)).Erase("admin", None);
        var (keys, erasures) = (_cluster.Services.GetRequiredService<SubjectKeys>(), _cluster.Services.GetRequiredService<Erasures>());
        Assert.Equal(0, await keys.DestroyRevived(await All(erasures), None));

        await _cluster.Database.Execute("update vitrine_keys.subject_key k set key = b.key, erased_at = null from revived_backup b where b.tenant_id = k.tenant_id and b.user_id = k.user_id; drop table revived_backup");
        await keys.Refresh(None);
        Assert.Equal(2, await keys.DestroyRevived(await All(erasures), None));

        Assert.Equal(0, await keys.DestroyRevived(await All(erasures), None));
        foreach (var key in new[] { done, hers }) Assert.Equal((true, null), ((await _cluster.Grains.Job(key).Get())!.IsErased, (await _cluster.Grains.Job(key).Get())!.Prompt));
        Assert.Equal(Secret, (await _cluster.Grains.Job(guest).Get())!.Prompt);

        static async Task<IReadOnlyList<SubjectKey>> All(Erasures erasures)
        {
            var all = new List<SubjectKey>();
            await foreach (var each in erasures.Done(None)) all.Add(each);
            return all;
        }
    }

    [Fact]
    public async Task An_end_user_is_erased_alone_among_those_who_share_a_key()
    {
        var shop = await Shop("end-user");
        var (done, waiting, running) = (await shop.Done(Visitor, 2), (await shop.Ask(Visitor)).Key, (await shop.Ask(Visitor)).Key);
        await _cluster.Grains.Job(running).Begin(TestTenant.Device, None);
        await shop.Brand.Submit(shop.Asks(Visitor) with { Prompt = "a nude woman, " + Secret });
        JobKey[] others = [await shop.Done("guest", 1), await shop.Done(null, 1), await (await Shop("end-user-rival")).Done(Visitor, 1)];
        var ada = (await shop.Brand.Submit(shop.Brand.Asks(Secret) with { EndUser = Visitor })).Key;
        var usage = await Usage(shop);
        await _cluster.Grains.Ledgers().Seal(None);
        var asset = AssetId.Of(done.Job, 0);
        Assert.Contains((await _cluster.Grains.Ledger(shop.Tenant).Evidence(asset, None))!.Value!.Events, e => e.Opening is not null && Encoding.UTF8.GetString(e.Opening).Contains(Visitor, StringComparison.Ordinal));

        var subject = await shop.Find(Visitor);
        var erasure = (await Erase(subject))!;

        Assert.Equal((4, 2, 2, 0, 0), (erasure.Jobs, erasure.JobsCanceled, erasure.Assets, erasure.Inputs, erasure.PlainRecords));
        Assert.True(erasure is { ErasedAt: not null, LedgerIndex: not null, EventVersion: 2 });
        Assert.Equal(["subject.erasure_begun", "subject.erased"], await shop.Brand.Events(subject.Subject.Stream));
        foreach (var key in new[] { done, waiting, running })
        {
            var job = (await _cluster.Grains.Job(key).Get())!;
            Assert.Equal((true, null, null, null, false), (job.IsErased, job.Prompt, job.Metadata, job.EndUser, job.IsOpen));
        }
        Assert.Equal(JobState.Canceled, (await _cluster.Grains.Job(running).Get())!.State);
        var listed = (await _cluster.Grains.Jobs(shop.Tenant).List(new JobQuery(null, null, null, null, null, 100))).Jobs!;
        Assert.Equal((3, 3), (listed.Count(job => job.IsErased), listed.Count(job => job.Prompt == Secret)));
        Assert.NotNull((await _cluster.Grains.Asset(new(shop.Tenant, asset)).Get(None))!.ErasedAt);

        // Nothing new of theirs, and no replay; of the others everything.
        Assert.Equal(Refused.UserErased, (await shop.Ask(Visitor)).Outcome.Refusal?.Reason);
        Assert.Equal(Refused.UserErased, (await shop.Brand.Submit(shop.Asks(Visitor), done.Job)).Outcome.Refusal?.Reason);
        Assert.Null((await shop.Ask("guest")).Outcome.Refusal);
        Assert.Null((await shop.Ask(null)).Outcome.Refusal);
        foreach (var key in others)
        {
            var job = (await _cluster.Grains.Job(key).Get())!;
            Assert.Equal((false, Secret, 1), (job.IsErased, job.Prompt, job.Assets.Count));
        }
        Assert.Equal((Secret, Visitor, true), ((await shop.Brand.Job(ada))!.Prompt, (await shop.Brand.Job(ada))!.EndUser, (await shop.Brand.Job(ada))!.IsOpen));
        Assert.Equal(2, await _cluster.StoredBlobs(shop.Tenant));
        Assert.Equal(usage, await Usage(shop));

        // What is left proves what they did, but for what they said.
        await _cluster.Grains.Ledgers().Seal(None);
        var evidence = (await _cluster.Grains.Ledger(shop.Tenant).Evidence(asset, None))!.Value!;
        Assert.All(evidence.Events, e => Assert.True(e is { Payload: not null, Opening: null }));
        Assert.Contains(evidence.Events, e => LeafEnvelope.Parse(e.Entry)!.Type == "asset.erased");
        await (await LedgerRows.Read(_cluster.Database)).VerifyAll(TestCluster.Ledger);
        var found = (await _cluster.Grains.Ledger(shop.Tenant).Events(new EventQuery(null, null, null, null, null, null, null, "QUINCE", null, 200), None)).Value!;
        Assert.DoesNotContain(found.Events, e => e.Job == done.Job.Value || e.Job == waiting.Job.Value);
        Assert.Contains(found.Events, e => e.Job == others[0].Job.Value);
        Assert.DoesNotContain("wanda", await _cluster.Database.Everything(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("quince", await _cluster.Database.Everything(), StringComparison.OrdinalIgnoreCase);

        // Again: the same answer, and nothing new in the store.
        var events = await _cluster.Database.Count("select count(*) from vitrine.mt_events");
        Assert.Equal(erasure, await Erase(subject));
        Assert.Equal(events, await _cluster.Database.Count("select count(*) from vitrine.mt_events"));
        JobFacts.AssertSound(await JobFacts.Of(_cluster.Database, shop.Tenant));
    }

    [Fact]
    public async Task What_was_said_through_a_key_in_nobodys_name_is_erased_and_what_others_said_through_it_is_not()
    {
        var shop = await Shop("key-erased");
        var kiosk = await SharedKey.Of(shop.Brand, "kiosk");
        var (done, waiting) = (await shop.Done(null, 1), (await shop.Ask(null)).Key);
        JobKey[] others = [await shop.Done(Visitor, 1), await kiosk.Done(null, 1)];
        var picture = ImageEncoder.Encode([.. Enumerable.Repeat((byte)70, 8 * 8 * 3)], 8, 8, ImageFormat.Png, 100);
        var (input, kiosks) = ((await shop.Bring(picture)).Value!, (await kiosk.Bring(picture)).Value!);
        var usage = await Usage(shop);

        var erasure = (await Erase(shop.Nobody))!;

        Assert.Equal((2, 1, 1, 1), (erasure.Jobs, erasure.JobsCanceled, erasure.Assets, erasure.Inputs));
        Assert.Equal(["subject.erasure_begun", "subject.erased"], await shop.Brand.Events($"subject/key/{shop.Key}"));
        Assert.All(new[] { await _cluster.Grains.Job(done).Get(), await _cluster.Grains.Job(waiting).Get() }, job => Assert.True(job is { IsErased: true, Prompt: null, IsOpen: false }));
        Assert.NotNull((await _cluster.Grains.Input(new(shop.Tenant, new(input.Id))).Get(None))!.DeletedAt);
        Assert.Null((await _cluster.Grains.Input(new(shop.Tenant, new(kiosks.Id))).Get(None))!.DeletedAt);
        // Two pictures, and the bytes that the other key brought too.
        Assert.Equal(3, await _cluster.StoredBlobs(shop.Tenant));
        foreach (var key in others) Assert.Equal(Secret, (await _cluster.Grains.Job(key).Get())!.Prompt);
        Assert.Equal(usage, await Usage(shop));

        var refused = (await shop.Ask(null)).Outcome.Refusal;
        Assert.Equal((Refused.UserErased, Refusal.Erased(shop.Nobody.Subject).Sentence), (refused?.Reason, refused?.Sentence));
        Assert.Equal(Refused.UserErased, (await shop.Bring(picture)).Refusal?.Reason);
        Assert.Null((await shop.Ask(Visitor)).Outcome.Refusal);
        Assert.Null((await kiosk.Ask(null)).Outcome.Refusal);
        Assert.Equal(erasure with { LedgerIndex = null }, (await Erase(shop.Nobody))! with { LedgerIndex = null });
    }

    [Fact]
    public async Task Of_whom_nothing_is_known_nothing_is_recorded()
    {
        var shop = await Shop("subject-unknown");
        await shop.Done(Visitor, 1);
        await _cluster.Grains.Tenant(shop.Tenant).IssueKey(new IssueKey(new("adas"), new string('0', 64), Scopes.Generate, shop.Brand.Project, shop.Brand.User, null, null), None);
        var events = await _cluster.Database.Count("select count(*) from vitrine.mt_events");

        Assert.Null(await Erase(await shop.Find("Nobody")));
        // A registered user whom nobody named before is erased as a user, and a key that speaks for one has nothing of its own.
        Assert.Null(await Erase(await shop.Find(shop.Brand.User.Value)));
        Assert.Null(await Erase(new(shop.Tenant, SubjectId.Of(new KeyId("adas")))));
        Assert.Null(await Erase(new(shop.Tenant, SubjectId.Of(new KeyId("nokey")))));
        Assert.Null(await Erase(new(shop.Tenant, new(""))));

        Assert.Equal(events, await _cluster.Database.Count("select count(*) from vitrine.mt_events"));
        Assert.Null((await shop.Ask("Nobody")).Outcome.Refusal);
    }

    [Fact]
    public async Task Jobs_of_the_time_of_one_key_for_all_stay_readable_and_as_they_were()
    {
        var shop = await Shop("subject-before");
        var old = await shop.JobOfBefore(Visitor);
        await shop.Done(Visitor, 1);
        var row = Assert.Single(await Views.Read(), row => row.Contains(old.Job.Value, StringComparison.Ordinal));

        await Erase(await shop.Find(Visitor));
        await Erase(shop.Nobody);

        var job = (await _cluster.Grains.Job(old).Get())!;
        Assert.Equal((Secret, Visitor, false, true), (job.Prompt, job.EndUser, job.IsErased, job.IsOpen));
        Assert.Equal(row, Assert.Single(await Views.Read(), row => row.Contains(old.Job.Value, StringComparison.Ordinal)));
        await _cluster.Grains.Job(old).Cancel("admin", None)!;
    }

    [Fact]
    public async Task Replays_of_an_end_users_pictures_end_and_those_of_another_go_on()
    {
        var shop = await Shop("subject-replays");
        var replays = new List<ReplayView>();
        foreach (var endUser in new[] { Visitor, "guest" })
        {
            var (key, _) = await shop.Ask(endUser);
            await shop.Brand.Render(key);
            replays.Add((await _cluster.Grains.Replays(shop.Tenant).Request(new(ReplayId.New(), AssetId.Of(key.Job, 0), "auditor"), None))!.Replay!);
        }

        await Erase(await shop.Find(Visitor));

        var after = new List<ReplayState>();
        foreach (var replay in replays) after.Add((await _cluster.Grains.Replays(shop.Tenant).Get(new(replay.Id), None))!.State);
        Assert.Equal([ReplayState.Canceled, ReplayState.Queued], after);
    }

    [Fact]
    public async Task Views_rebuilt_before_and_after_an_erasure_are_the_views_that_grew_and_tell_nothing_more()
    {
        var shop = await Shop("subject-rebuild");
        var (done, guests) = (await shop.Done(Visitor, 2), await shop.Done("guest", 1));
        await shop.Ask(null);
        var before = await Views.Read();
        await Views.Wipe();
        await Views.Rebuild();
        Assert.Equal(before, await Views.Read());

        await Erase(await shop.Find(Visitor));
        await Erase(shop.Nobody);
        var after = await Views.Read();
        Assert.NotEqual(before, after);
        await Views.Wipe();
        await Views.Rebuild();
        Assert.Equal(after, await Views.Read());

        foreach (var key in new[] { done, guests }) await _cluster.Silos.DeactivateAsync(_cluster.Grains.Job(key));
        Assert.Equal((true, null), ((await _cluster.Grains.Job(done).Get())!.IsErased, (await _cluster.Grains.Job(done).Get())!.Prompt));
        Assert.Equal(Secret, (await _cluster.Grains.Job(guests).Get())!.Prompt);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task An_erasing_that_was_interrupted_is_taken_up_and_everything_happens_once(int steps)
    {
        var shop = await Shop($"subject-cut-{steps}");
        var done = await shop.Done(Visitor, 3);
        await shop.Ask(Visitor);
        await shop.Done("guest", 1);
        var subject = await shop.Find(Visitor);
        // As far as a silo came before it died.
        Assert.Null((await _cluster.Grains.Subject(subject).BeginErasure("admin", None))!.ErasedAt);
        Assert.Equal(Refused.UserErased, (await shop.Ask(Visitor)).Outcome.Refusal?.Reason);
        Assert.Null((await shop.Ask(null)).Outcome.Refusal);
        if (steps > 1) await _cluster.Services.GetRequiredService<SubjectKeys>().Destroy(shop.Tenant, subject.Subject, None);
        if (steps > 2) await _cluster.Grains.Asset(new(shop.Tenant, AssetId.Of(done.Job, 0))).Erase(None);

        await Eventually.True(async () => (await shop.Brand.Events(subject.Subject.Stream)).Count == 2, "the sweep takes the erasing up");

        Assert.Equal(3, await _cluster.Database.Count($"select count(*) from vitrine.mt_events where tenant_id = '{shop.Tenant}' and type = 'asset.erased'"));
        Assert.Equal(1, await _cluster.StoredBlobs(shop.Tenant));
        var erasure = (await Erase(subject))!;
        Assert.Equal((2, 1, 3), (erasure.Jobs, erasure.JobsCanceled, erasure.Assets));
        Assert.Equal(["subject.erasure_begun", "subject.erased"], await shop.Brand.Events(subject.Subject.Stream));
        JobFacts.AssertSound(await JobFacts.Of(_cluster.Database, shop.Tenant));
    }

    [Theory, InlineData(Visitor), InlineData(null)]
    public async Task Whoever_submits_while_the_subject_is_erased_is_refused_or_their_job_is_ended(string? endUser)
    {
        var shop = await Shop($"subject-race-{(endUser is null ? "key" : "end-user")}");
        await shop.Ask(endUser);
        var subject = endUser is null ? shop.Nobody : await shop.Find(endUser);
        using var stop = new CancellationTokenSource();
        var (accepted, refused) = (1, 0);
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var (_, outcome) = await shop.Ask(endUser);
                if (outcome.Refusal is null) Interlocked.Increment(ref accepted);
                else
                {
                    Assert.Equal(Refused.UserErased, outcome.Refusal.Reason);
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToArray();
        await Eventually.True(() => Task.FromResult(Volatile.Read(ref accepted) > 20), "jobs are accepted");
        var erasure = (await Erase(subject))!;
        while (erasure.ErasedAt is null) erasure = (await Erase(subject))!;
        await Eventually.True(() => Task.FromResult(Volatile.Read(ref refused) > 20), "jobs are refused");
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        Assert.Equal(accepted, erasure.Jobs);
        JobFacts.AssertEnded(await JobFacts.Of(_cluster.Database, shop.Tenant));
        // What was held for those who were refused was given back.
        Assert.Equal(Credits.Zero, (await _cluster.Grains.Project(new(shop.Tenant, shop.Brand.Project)).Account(None))!.Reserved);
    }

    [Fact]
    public async Task A_key_that_a_backup_brought_back_is_destroyed_when_the_erasure_is_asked_for_again()
    {
        var shop = await Shop("subject-restored");
        await shop.Done(Visitor, 1);
        var subject = await shop.Find(Visitor);
        await Erase(subject);
        await _cluster.Database.Execute($"update vitrine_keys.subject_key set key = decode(repeat('00', 32), 'hex'), erased_at = null where tenant_id = '{shop.Tenant}' and user_id = '{subject.Subject}'");

        await Erase(subject);

        Assert.Equal(1, await _cluster.Database.Count($"select count(*) from vitrine_keys.subject_key where tenant_id = '{shop.Tenant}' and user_id = '{subject.Subject}' and key is null"));
    }

    private async Task<SharedKey> Shop(string tenant) => await SharedKey.Of(await _cluster.Tenant(tenant), "shop");
    private Task<ErasureView?> Erase(SubjectKey subject) => _cluster.Grains.Erasure(subject).Erase("admin", None);

    private async Task<(Credits Settled, long Images)> Usage(SharedKey shop)
    {
        var usage = (await _cluster.Grains.Project(new(shop.Tenant, shop.Brand.Project)).Usage(null, None))!;
        return (usage.Settled, usage.Images);
    }
}
