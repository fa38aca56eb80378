using System.Text.Json;
using System.Text.Json.Nodes;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Replays;
using Vitrine.Grains.Tenants;
using Vitrine.Media;

namespace Vitrine.Grains.Tests;

/// <summary>Every view can be thrown away. The cluster has no device: the test is its renderer, so that jobs can also fail.</summary>
public sealed class RebuildTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private ViewRows Views => new(_cluster);
    private TestCluster _cluster = null!;
    private IDocumentStore Store => _cluster.Services.GetRequiredService<IDocumentStore>();

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(devices: _ => false);
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Views_rebuilt_from_the_events_are_the_views_that_grew_with_them()
    {
        var brands = new[] { await AMixedHistory("rebuild-a"), await AMixedHistory("rebuild-b") };
        var (rows, answers) = (await Views.Read(), await Answers(brands));
        Assert.Equal(2 * 10, rows.Count(row => row.StartsWith(ViewRows.Jobs, StringComparison.Ordinal)));

        await Views.Wipe();
        Assert.Empty(await Views.Read());
        await Views.Rebuild();

        Assert.Equal(rows, await Views.Read());
        Assert.Equal(answers, await Answers(brands));
    }

    [Fact]
    public async Task An_event_that_was_stored_twice_changes_nothing_but_revisions()
    {
        var brand = await AMixedHistory("rebuild-twice");
        var before = await Views.Read();

        await using (var session = Store.LightweightSession(brand.Tenant.Value))
        {
            foreach (var stream in await Streams())
                foreach (var e in (await session.Events.FetchStreamAsync(stream)).TakeLast(2).Reverse().Take(stream.StartsWith("job_", StringComparison.Ordinal) ? 1 : 2).Reverse().ToList())
                    session.Events.Append(stream, e.Data);
            await session.SaveChangesAsync();
        }

        var grown = await Views.Read();
        Assert.NotEqual(before, grown);
        Assert.Equal(before.Select(WithoutRevision), grown.Select(WithoutRevision));
        await Views.Wipe();
        await Views.Rebuild();
        Assert.Equal(grown, await Views.Read());
    }

    /// <summary>Two jobs completed, one of them at the second attempt; three failed attempts; one failed at once; one whose picture was blocked; one canceled waiting, one canceled running; one refused; one waiting, one running.</summary>
    private async Task<TestTenant> AMixedHistory(string id)
    {
        var brand = await _cluster.Tenant(id, new Limits(ImagesPerMinute: 100), new Limits(Weight: 2), new Limits(Running: 3));
        await _cluster.Grains.Project(new(brand.Tenant, brand.Project)).SetLimits(new Limits(CreditsPerMonth: new Credits(1_000_000_000)), None);
        foreach (var key in new[] { "aaaa", "bbbb" })
            await _cluster.Grains.Tenant(brand.Tenant).IssueKey(new IssueKey(new(key), new string('0', 64), Scopes.Read, brand.Project, brand.User, key, null), None);
        await _cluster.Grains.Tenant(brand.Tenant).RevokeKey(new("bbbb"), None);
        var failure = new RenderResult([], new Failure("render_failed", "No."), MayRetry: true);

        var jobs = new List<JobKey>();
        for (var i = 0; i < 9; i++) jobs.Add((await brand.Submit(brand.Asks("a red apple", images: 1 + i % 2, seed: i) with { Session = i % 2 == 0 ? "thread" : null, Metadata = new Dictionary<string, string> { ["n"] = $"{i}" } })).Key);
        await brand.Submit(brand.Asks("a nude woman"));
        await brand.Render(jobs[0]);
        await brand.Render(jobs[1], failure);
        await brand.Render(jobs[1]);
        for (var i = 0; i < JobDecisions.MaxFailures; i++) await brand.Render(jobs[2], failure);
        await brand.Render(jobs[3], failure with { MayRetry = false });
        await brand.Render(jobs[8], JobHistory.BlockedResult);
        await _cluster.Grains.Job(jobs[4]).Cancel("aaaa", None)!;
        await _cluster.Grains.Job(jobs[5]).Begin(TestTenant.Device, None);
        await _cluster.Grains.Job(jobs[5]).Cancel("aaaa", None)!;
        await _cluster.Grains.Job(jobs[6]).Begin(TestTenant.Device, None);
        JobFacts.AssertSound(await JobFacts.Of(_cluster.Database, brand.Tenant));
        await InputsOf(brand);
        await ReplaysOf(brand, (await brand.Job(jobs[0]))!.Assets[0]);
        return brand;
    }

    /// <summary>One that is there, one deleted, one brought again.</summary>
    private async Task InputsOf(TestTenant brand)
    {
        for (var times = 1; times <= 3; times++)
        {
            var file = ImageEncoder.Encode([.. Enumerable.Repeat((byte)(40 * times), 8 * 8 * 3)], 8, 8, ImageFormat.Png, 100);
            for (var time = 1; time <= times; time++)
            {
                var blob = await _cluster.Blobs.Put(brand.Tenant.Value, file, None);
                var input = _cluster.Grains.Input(new(brand.Tenant, InputId.Of(brand.Principal, blob.Sha256)));
                if (time % 2 == 1) Assert.Null((await input.Receive(new ReceiveInput(brand.Principal, blob.Sha256), None)).Refusal);
                else Assert.NotNull((await input.Delete("aaaa", None))!.DeletedAt);
            }
        }
    }

    /// <summary>One done at the second attempt, one canceled, one running, one waiting.</summary>
    private async Task ReplaysOf(TestTenant brand, AssetView asset)
    {
        var replays = _cluster.Grains.Replays(brand.Tenant);
        var ids = new List<ReplayId>();
        for (var i = 0; i < 4; i++) ids.Add(new((await replays.Request(new(ReplayId.New(), new(asset.Id), "aaaa"), None))!.Replay!.Id));
        await replays.Finish(ids[0], (await replays.Begin(ids[0], TestTenant.Device, None))!.Attempt, new ReplayResult(null, new Failure("render_failed", "No."), true), None);
        await replays.Finish(ids[0], (await replays.Begin(ids[0], TestTenant.Device, None))!.Attempt, new ReplayResult(new("cccc", "sha256:x", new("d", "h", "r", "p"), new(40, 12.5, 200)), null, false), None);
        await replays.Cancel(ids[1], "aaaa", None)!;
        await replays.Begin(ids[2], TestTenant.Device, None);
        Assert.False(await replays.Finish(ids[2], 7, new ReplayResult(null, new Failure("render_failed", "No."), true), None));
    }

    private async Task<List<string>> Streams()
    {
        await using var command = _cluster.Database.CreateCommand("select id from vitrine.mt_streams order by id");
        var streams = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) streams.Add(rows.GetString(0));
        return streams;
    }

    private async Task<string> Answers(IEnumerable<TestTenant> brands)
    {
        var answers = new List<object?>();
        foreach (var brand in brands)
        {
            answers.Add(await _cluster.Grains.Project(new(brand.Tenant, brand.Project)).Usage(null, None));
            answers.Add(await _cluster.Grains.Session(new(brand.Tenant, "thread")).Get());
            answers.Add(await _cluster.Grains.Jobs(brand.Tenant).List(new JobQuery(null, null, null, null, null, 100)));
        }
        return JsonSerializer.Serialize(answers);
    }

    private static string WithoutRevision(string row)
    {
        var json = JsonNode.Parse(row[row.IndexOf('{', StringComparison.Ordinal)..])!;
        json["data"]!.AsObject().Remove("Revision");
        return json.ToJsonString();
    }
}
