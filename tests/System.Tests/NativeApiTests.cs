using System.Net;
using System.Text.Json;

namespace Vitrine.System.Tests;

/// <summary>The native API in front of the whole system: gateway process, silo process, PostgreSQL, the embedded model.</summary>
[Collection(SystemCollection.Name)]
public sealed class NativeApiTests(SystemFixture system)
{
    [Fact]
    public async Task A_job_is_accepted_rendered_listed_and_paid_for()
    {
        var brand = await system.NewTenant(creditsPerMonth: 5);
        using var client = system.Client(brand.ApiKey);

        var accepted = await client.PostJob(new { prompt = "a red apple, 3d style", n = 2, size = "64x64", seed = 11, session = "moodboard", metadata = new { campaign = "autumn" } });
        var id = accepted.Body.GetProperty("id").GetString()!;
        var job = await client.End(id);

        Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
        Assert.Equal($"/v1/jobs/{id}", accepted.Message.Headers.Location!.ToString());
        // 2 pictures × 4 steps × 64 × 64 pixels, in millionths of a credit.
        Assert.Equal(0.032768m, accepted.Body.GetProperty("cost").GetProperty("reserved").GetDecimal());
        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        Assert.Equal(0.032768m, job.GetProperty("cost").GetProperty("settled").GetDecimal());
        Assert.Equal([11L, 12L], job.GetProperty("assets").EnumerateArray().Select(asset => asset.GetProperty("seed").GetInt64()));
        var usage = (await client.Get("/v1/projects/campaign/usage")).Body;
        Assert.Equal(0.032768m, usage.GetProperty("settled").GetDecimal());
        Assert.Equal(2, usage.GetProperty("images").GetInt32());
        var session = (await client.Get("/v1/sessions/moodboard")).Body;
        Assert.Equal(id, session.GetProperty("jobs")[0].GetProperty("id").GetString());
        var listed = (await client.Get("/v1/jobs?project=campaign&state=succeeded&session=moodboard")).Body.GetProperty("data");
        Assert.Equal(id, Assert.Single(listed.EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task The_bytes_of_an_asset_are_those_of_its_digest_whole_in_part_and_by_its_signed_address()
    {
        using var client = system.Client(system.ApiKey);
        var job = await client.End((await client.PostJob(new { prompt = "a green tree", seed = 5 })).Body.GetProperty("id").GetString()!);
        var asset = job.GetProperty("assets")[0];
        var path = $"/v1/assets/{asset.GetProperty("id").GetString()}/content";
        var digest = asset.GetProperty("sha256").GetString();

        var whole = await client.Get(path);
        var part = await client.Get(path, ("Range", "bytes=10-19"));
        var unchanged = await client.Get(path, ("If-None-Match", $"\"{digest}\""));
        using var stranger = new HttpClient { BaseAddress = system.Gateway };
        var signed = await stranger.Get(asset.GetProperty("url").GetString()!);
        var altered = await stranger.Get(asset.GetProperty("url").GetString()!.Replace("signature=", "signature=A", StringComparison.Ordinal));

        Assert.Equal(digest, Convert.ToHexStringLower(global::System.Security.Cryptography.SHA256.HashData(whole.Bytes)));
        Assert.Equal($"\"{digest}\"", whole.Header("ETag"));
        Assert.Equal(HttpStatusCode.PartialContent, part.Status);
        Assert.Equal(whole.Bytes[10..20], part.Bytes);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.Status);
        Assert.Equal(whole.Bytes, signed.Bytes);
        Assert.Equal(HttpStatusCode.Forbidden, altered.Status);
    }

    [Fact]
    public async Task A_watcher_hears_everything_in_order_and_resumes_where_it_left_off()
    {
        using var client = system.Client(system.ApiKey);
        var id = (await client.PostJob(new { prompt = "a rocket", n = 2, size = "512x512", previews = 2 })).Body.GetProperty("id").GetString()!;

        var first = await client.Events($"/v1/jobs/{id}/events", enough: name => name == "progress");
        var rest = await client.Events($"/v1/jobs/{id}/events", lastEventId: first[^1].Id);
        var all = first.Concat(rest).ToList();

        Assert.Equal("queued", all[0].Event);
        Assert.Contains(all, each => each.Event == "started");
        Assert.Equal(2, all.Count(each => each.Event == "output"));
        Assert.Equal("succeeded", all[^1].Event);
        Assert.Equal(all.Select(each => long.Parse(each.Id, global::System.Globalization.CultureInfo.InvariantCulture)).Order(), all.Select(each => long.Parse(each.Id, global::System.Globalization.CultureInfo.InvariantCulture)));
        var preview = all.First(each => each.Event == "progress" && each.Data.TryGetProperty("preview", out var bytes) && bytes.ValueKind == JsonValueKind.String).Data;
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], preview.GetProperty("preview").GetBytesFromBase64()[..4]);
    }

    [Fact]
    public async Task A_cancelled_job_costs_nothing_and_cannot_be_cancelled_twice()
    {
        var brand = await system.NewTenant(creditsPerMonth: 50);
        using var client = system.Client(brand.ApiKey);
        var id = (await client.PostJob(new { prompt = "a castle", n = 10, size = "1024x1024" })).Body.GetProperty("id").GetString()!;

        using var cancel = new HttpRequestMessage(HttpMethod.Delete, $"/v1/jobs/{id}");
        var first = await client.Ask(cancel);
        using var again = new HttpRequestMessage(HttpMethod.Delete, $"/v1/jobs/{id}");
        var second = await client.Ask(again);

        Assert.Equal("canceled", first.Body.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Conflict, second.Status);
        Assert.Equal("false", second.Header("x-should-retry"));
        var usage = (await client.Get("/v1/projects/campaign/usage")).Body;
        Assert.Equal(0m, usage.GetProperty("settled").GetDecimal() + usage.GetProperty("reserved").GetDecimal());
    }

    [Fact]
    public async Task Of_64_requests_for_the_last_credit_exactly_one_is_accepted()
    {
        var brand = await system.NewTenant(creditsPerMonth: 0.016384m);
        using var client = system.Client(brand.ApiKey);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(seed => client.Post("/v1/images/generations", new { prompt = "a pizza", size = "64x64", seed })));

        Assert.Equal(1, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        var refused = answers.Where(answer => answer.Status != HttpStatusCode.OK).ToList();
        Assert.All(refused, answer => Assert.Equal((HttpStatusCode.TooManyRequests, "insufficient_quota", "false"), (answer.Status, answer.Code, answer.Header("x-should-retry"))));
        Assert.Equal(0.016384m, (await client.Get("/v1/projects/campaign/usage")).Body.GetProperty("settled").GetDecimal());
    }

    [Fact]
    public async Task One_idempotency_key_is_one_job_however_many_ask_at_once()
    {
        var brand = await system.NewTenant(creditsPerMonth: 1);
        using var client = system.Client(brand.ApiKey);
        var body = new { prompt = "a blue bird", size = "64x64" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.Post("/v1/images/generations", body, "order-4711")));
        var later = await client.Post("/v1/images/generations", body, "order-4711");
        var other = await client.Post("/v1/images/generations", new { prompt = "a red bird" }, "order-4711");

        Assert.All(answers, answer => Assert.Equal(answers[0].Bytes, answer.Bytes));
        Assert.Equal(answers[0].Bytes, later.Bytes);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_mismatch"), (other.Status, other.Code));
        var usage = (await client.Get("/v1/projects/campaign/usage")).Body;
        Assert.Equal(1, usage.GetProperty("jobs").GetInt32());
    }

    [Fact]
    public async Task A_revoked_key_opens_nothing_within_a_second_and_a_foreign_id_is_like_an_unknown_one()
    {
        var (brand, neighbour) = (await system.NewTenant(), await system.NewTenant());
        using var mine = system.Client(brand.ApiKey);
        using var theirs = system.Client(neighbour.ApiKey);
        using var admin = system.Client(system.AdminKey);
        var id = (await mine.PostJob(new { prompt = "a house" })).Body.GetProperty("id").GetString()!;

        var foreign = await theirs.Get($"/v1/jobs/{id}");
        var unknown = await theirs.Get("/v1/jobs/job_00000000000000000000000000");
        Assert.Equal(HttpStatusCode.NotFound, foreign.Status);
        Assert.Equal(unknown.Bytes, foreign.Bytes);

        var key = (await admin.Get($"/v1/admin/tenants/{brand.Id}/keys")).Body.GetProperty("data")[0].GetProperty("id").GetString();
        using var revoke = new HttpRequestMessage(HttpMethod.Delete, $"/v1/admin/tenants/{brand.Id}/keys/{key}");
        await admin.Ask(revoke);
        var revoked = global::System.Diagnostics.Stopwatch.StartNew();
        // A bound of the contract, not a measurement: the cache of the gateway forgets within 0.9 s, counted from before it asked.
        for (var answered = true; answered;)
        {
            var sent = revoked.Elapsed;
            answered = (await mine.Get($"/v1/jobs/{id}")).Status != HttpStatusCode.Unauthorized;
            Assert.True(!answered || sent < TimeSpan.FromSeconds(1), $"What was asked {sent} after the key was revoked was answered.");
        }
    }

    [Fact]
    public async Task Metrics_are_served_apart_and_logs_hold_no_prompt_and_no_secret()
    {
        using var client = system.Client(system.ApiKey);
        const string Prompt = "an unmistakable turquoise xylophone";
        await client.End((await client.PostJob(new { prompt = Prompt })).Body.GetProperty("id").GetString()!);

        using var scraper = new HttpClient();
        var metrics = await scraper.GetStringAsync(system.Platform.SiloMetrics + "/metrics");
        foreach (var name in new[] { "vitrine_jobs_accepted", "vitrine_jobs_wait", "vitrine_queue_waiting", "vitrine_render_step_duration", "vitrine_images_produced", "vitrine_credits_settled" })
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.Get("/metrics")).Status);
        foreach (var log in Directory.EnumerateFiles(system.Platform.Logs, "*.log", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            var text = await reader.ReadToEndAsync();
            Assert.DoesNotContain(Prompt, text, StringComparison.Ordinal);
            Assert.DoesNotContain(system.ApiKey[^43..], text, StringComparison.Ordinal);
        }
    }
}
