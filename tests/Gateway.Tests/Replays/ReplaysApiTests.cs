using System.Net;
using Vitrine.Gateway.Tests.Assets;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Replays;

[Collection(nameof(GatewayFixture))]
public class ReplaysApiTests(GatewayFixture fixture)
{
    private const string Asset = "asset_0000000000000000000000000c_0";

    [Fact]
    public async Task A_replay_is_asked_for_followed_and_called_off()
    {
        var auditor = Auditor("replays-walk");

        using var asked = await auditor.PostAsync($"/v1/assets/{Asset}/replay", null);
        var body = await GatewayFixture.Body(asked);
        var id = body.GetProperty("id").GetString()!;
        Assert.Equal((202, $"/v1/replays/{id}", "queued"), ((int)asked.StatusCode, asked.Headers.Location!.ToString(), body.GetProperty("state").GetString()));
        Assert.False(body.TryGetProperty("verdict", out _));

        // The place is told where the queue says it soon enough, and left out where it does not.
        var place = 0;
        for (var look = 0; look < 50 && place == 0; look++)
        {
            var seen = await GatewayFixture.Body(await auditor.GetAsync($"/v1/replays/{id}"));
            Assert.Equal("queued", seen.GetProperty("state").GetString());
            if (seen.TryGetProperty("position", out var position)) place = position.GetInt32();
        }
        Assert.Equal(3, place);
        Assert.Equal("canceled", (await GatewayFixture.Body(await auditor.DeleteAsync($"/v1/replays/{id}"))).GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await auditor.DeleteAsync($"/v1/replays/{id}")).StatusCode);
    }

    [Fact]
    public async Task A_verdict_tells_what_was_found_how_far_off_it_is_and_what_differs()
    {
        var auditor = Auditor("replays-verdict");
        var (then, now) = (new RenderSite("a:cpu0", "Processor, AVX2", "ONNX Runtime 1", "1.0.0"), new RenderSite("b:cuda0", "GPU", "ONNX Runtime 2", "1.0.0"));
        fixture.World["replays-verdict"].Replays["replay_0000000000000000000000000d"] = new()
        {
            Id = "replay_0000000000000000000000000d", Asset = Asset, Job = "job_0000000000000000000000000c", Key = "k", Model = "sticker", RequestedAt = DateTimeOffset.UnixEpoch, State = ReplayState.Done,
            Verdict = new(ReplayAnswer.Alike, "It looks the same.", "aa", "sha256:m", then, new("bb", "sha256:m", now, new(2, 44.25, 9)), ["device", "hardware", "runtime"]),
        };

        var verdict = (await GatewayFixture.Body(await auditor.GetAsync("/v1/replays/replay_0000000000000000000000000d"))).GetProperty("verdict");

        Assert.Equal("""{"answer":"alike","sentence":"It looks the same.","differs":["device","hardware","runtime"],"difference":{"pdq_distance":2,"psnr_db":44.25,"largest_difference":9},"recorded":{"pixel_sha256":"aa","model_digest":"sha256:m","device":"a:cpu0","hardware":"Processor, AVX2","runtime":"ONNX Runtime 1","platform":"1.0.0"},"replayed":{"pixel_sha256":"bb","model_digest":"sha256:m","device":"b:cuda0","hardware":"GPU","runtime":"ONNX Runtime 2","platform":"1.0.0"}}""", verdict.GetRawText());
    }

    [Fact]
    public async Task The_same_key_is_the_same_replay_and_a_bound_is_told_with_when_to_come_again()
    {
        var auditor = Auditor("replays-key");
        var ids = new List<string?>();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/assets/{Asset}/replay") { Headers = { { "Idempotency-Key", "once" } } };
            using var answer = await auditor.SendAsync(request);
            ids.Add((await GatewayFixture.Body(answer)).GetProperty("id").GetString());
            Assert.Equal(i == 1, answer.Headers.Contains("Idempotency-Replayed"));
        }
        Assert.Single(ids.Distinct());
        for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.Accepted, (await auditor.PostAsync($"/v1/assets/{Asset}/replay", null)).StatusCode);
        using var refused = await auditor.PostAsync($"/v1/assets/{Asset}/replay", null);
        Assert.Equal((HttpStatusCode.TooManyRequests, "10"), (refused.StatusCode, Assert.Single(refused.Headers.GetValues("Retry-After"))));
    }

    [Fact]
    public async Task A_body_a_bad_key_and_an_id_that_is_none_are_refused_in_words()
    {
        var auditor = Auditor("replays-bad");
        Assert.Equal(HttpStatusCode.BadRequest, (await auditor.PostAsync($"/v1/assets/{Asset}/replay", GatewayFixture.Json("{}"))).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/assets/{Asset}/replay");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", new string('k', 256));
        Assert.Equal(HttpStatusCode.BadRequest, (await auditor.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await auditor.PostAsync("/v1/assets/asset_nonsense/replay", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await auditor.GetAsync("/v1/replays/job_0000000000000000000000000c")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await auditor.DeleteAsync("/v1/replays/..%2fjobs")).StatusCode);
    }

    private HttpClient Auditor(string tenant)
    {
        var brand = fixture.World[tenant];
        brand.Assets[Asset] = AssetUrlsTests.Asset(Asset);
        return fixture.Client(brand.Issue(Scopes.Audit));
    }
}
