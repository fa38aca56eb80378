using Microsoft.Extensions.DependencyInjection;
using Vitrine.Gateway.Tests.Assets;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Jobs;

[Collection(nameof(GatewayFixture))]
public class JobEventsTests(GatewayFixture fixture)
{
    private readonly Brand acme = fixture.World["acme"];

    [Fact]
    public async Task A_job_is_told_from_its_place_in_the_queue_to_its_end()
    {
        var (id, job) = AFinishedJob();
        await fixture.Blobs.PutTransient("acme", "preview-1", "picture"u8.ToArray(), CancellationToken.None);
        job.Updates[2] = job.Updates[2] with { Progress = new(0, 2, 4, "preview-1", 0) };
        using var response = await Client().GetAsync($"/v1/jobs/{id}/events");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        var events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("""id: 1000000|event: queued|data: {"position":3,"eta_seconds":2,"held":false}""", Line(events[0]));
        Assert.Equal("""id: 2000000|event: started|data: {}""", Line(events[1]));
        Assert.Equal($$"""id: 2000001|event: progress|data: {"image":0,"step":2,"steps":4,"preview":"{{Convert.ToBase64String("picture"u8)}}","media_type":"image/webp","preview_index":0}""", Line(events[2]));
        Assert.Equal("""id: 2000002|event: progress|data: {"image":0,"step":4,"steps":4}""", Line(events[3]));
        Assert.StartsWith("id: 2000003|event: output|data: {\"asset\":{\"id\":\"asset_", Line(events[4]), StringComparison.Ordinal);
        Assert.StartsWith($"id: 3000000|event: succeeded|data: {{\"project\":", Line(events[5]).Replace($"\"id\":\"{id}\",", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(6, events.Length);
    }

    [Fact]
    public async Task A_reader_that_comes_back_gets_what_it_has_not_seen()
    {
        var (id, _) = AFinishedJob();
        var text = await (await Resume(id, "2000001")).Content.ReadAsStringAsync();
        Assert.StartsWith("id: 2000002\n", text, StringComparison.Ordinal);
        Assert.Contains("event: succeeded", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_has_seen_the_end_is_told_not_to_come_back()
    {
        var (id, _) = AFinishedJob();
        Assert.Equal(204, (int)(await Resume(id, "3000000")).StatusCode);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("99999999999999999999")]
    public async Task An_event_id_that_is_not_ours_is_refused(string last)
    {
        var (id, _) = AFinishedJob();
        Assert.Equal(400, (int)(await Resume(id, last)).StatusCode);
    }

    [Theory]
    [InlineData(JobState.Succeeded, "3000001")]
    [InlineData(JobState.Succeeded, "9000000")]
    [InlineData(JobState.Running, "4000000")]
    [InlineData(JobState.Queued, "9223372036854775807")]
    public async Task An_event_id_that_the_job_has_not_reached_is_refused_so_that_nobody_waits_past_the_end(JobState state, string last)
    {
        var (id, job) = AFinishedJob();
        job.View = job.View with { State = state };
        using var response = await Resume(id, last);
        Assert.Equal((400, "invalid_value"), ((int)response.StatusCode, (await GatewayFixture.Body(response)).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_passing_update_of_an_open_job_can_be_resumed_from()
    {
        var (id, job) = AFinishedJob();
        job.View = job.View with { State = JobState.Running, Revision = 2 };
        Assert.StartsWith("id: 2000003\n", await (await Resume(id, "2000002")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_key_reads_no_further()
    {
        var brand = fixture.World["streams"];
        var (id, job) = AFinishedJob(brand);
        var key = brand.Issue(Scopes.Read);
        var revoked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        job.OnUpdate = update => update.Kind == JobUpdateKind.Started ? revoked.Task : Task.CompletedTask;
        using var response = await fixture.Client(key).GetAsync($"/v1/jobs/{id}/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is var line && line != "event: queued") Assert.NotNull(line);

        brand.Keys.Clear();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        revoked.SetResult();

        Assert.DoesNotContain("event: ", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_was_revoked_before_the_first_event_hears_so()
    {
        var brand = fixture.World["streams"];
        var (id, job) = AFinishedJob(brand);
        var key = brand.Issue(Scopes.Read);
        job.OnUpdate = _ =>
        {
            brand.Keys.Clear();
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.CompletedTask;
        };
        using var response = await fixture.Client(key).GetAsync($"/v1/jobs/{id}/events");
        Assert.Equal((401, "invalid_api_key"), ((int)response.StatusCode, (await GatewayFixture.Body(response)).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_lost_silo_does_not_show_in_the_stream()
    {
        var (id, job) = AFinishedJob();
        job.BreaksAfter = 2;
        var text = await (await Client().GetAsync($"/v1/jobs/{id}/events")).Content.ReadAsStringAsync();
        var ids = text.Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(["id: 1000000", "id: 2000000", "id: 2000001", "id: 2000002", "id: 2000003", "id: 3000000"], ids);
        Assert.Equal(2, job.Watches);
    }

    [Fact]
    public async Task A_watcher_loses_patience_after_a_minute_without_any_silo()
    {
        var (id, job) = AFinishedJob();
        job.OnWatch = () =>
        {
            fixture.Time.Advance(JobFollower.Patience / 2);
            throw new TimeoutException("no silo");
        };
        var follower = fixture.Services.GetRequiredService<JobFollower>();
        await Assert.ThrowsAsync<ClusterUnavailableException>(() => follower.UntilDone(new(acme.Id, new(id)), CancellationToken.None));
        Assert.Equal(3, job.Watches);
    }

    [Fact]
    public async Task Whoever_waits_for_a_job_gets_it_done()
    {
        var (id, job) = AFinishedJob();
        job.BreaksAfter = 3;
        var done = await fixture.Services.GetRequiredService<JobFollower>().UntilDone(new(acme.Id, new(id)), CancellationToken.None);
        Assert.Equal((id, JobState.Succeeded), (done.Id, done.State));
    }

    [Fact]
    public async Task A_quiet_stream_is_kept_open_by_heartbeats()
    {
        var time = new ManualTime();
        var never = new TaskCompletionSource();
        async IAsyncEnumerable<string> Quiet()
        {
            yield return "first";
            await never.Task;
            yield return "last";
        }

        var items = new List<string?>();
        var reading = Read();
        await time.SomebodyWaits();
        time.Advance(ServerSentEvents.HeartbeatInterval);
        await time.SomebodyWaits();
        time.Advance(ServerSentEvents.HeartbeatInterval);
        await time.SomebodyWaits();
        never.SetResult();
        await reading;
        Assert.Equal(["first", null, null, "last"], items);

        async Task Read()
        {
            await foreach (var item in ServerSentEvents.WithHeartbeats(Quiet(), time, CancellationToken.None)) items.Add(item);
        }
    }

    private HttpClient Client() => fixture.Client(acme.Issue(Scopes.Read));

    private static string Line(string text) => text.Replace('\n', '|');

    private Task<HttpResponseMessage> Resume(string id, string last)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{id}/events");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
        return Client().SendAsync(request);
    }

    private (string Id, BrandJob Job) AFinishedJob(Brand? brand = null)
    {
        var id = JobId.New().Value;
        var asset = AssetUrlsTests.Asset($"asset_{id[4..]}_0");
        var view = new JobView
        {
            Id = id, Project = "spring", Key = "k", Dialect = "native", RequestDigest = "", Prompt = "x", Width = 64, Height = 64, Format = PictureFormat.Webp,
            State = JobState.Succeeded, Revision = 3, SubmittedAt = DateTimeOffset.UnixEpoch, SettledMicro = 1, Assets = [asset],
        };
        var job = new BrandJob { View = view };
        job.Updates.AddRange(
        [
            new(1_000_000, JobUpdateKind.Queued, Place: new(3, TimeSpan.FromSeconds(2), false)),
            new(2_000_000, JobUpdateKind.Started),
            new(2_000_001, JobUpdateKind.Progress, Progress: new(0, 2, 4, "passed-away", 0)),
            new(2_000_002, JobUpdateKind.Progress, Progress: new(0, 4, 4, null, null)),
            new(2_000_003, JobUpdateKind.Output, Asset: asset),
            new(3_000_000, JobUpdateKind.Succeeded, view),
        ]);
        (brand ?? acme).Jobs[id] = job;
        return (id, job);
    }
}
