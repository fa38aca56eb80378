using Vitrine.Gateway.Tests.Assets;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Jobs;

[Collection(nameof(GatewayFixture))]
public class JobsApiTests(GatewayFixture fixture)
{
    private readonly Brand acme = fixture.World["acme"];

    private HttpClient Client(string? project = "spring") => fixture.Client(acme.Issue(Scopes.Generate | Scopes.Read, project, "ann"));

    [Fact]
    public async Task An_accepted_job_is_answered_with_its_place_and_cost()
    {
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a red fox","n":2,"session":"thread","metadata":{"a":"b"}}"""));
        var body = await GatewayFixture.Body(response);
        var id = body.GetProperty("id").GetString()!;
        Assert.Equal(202, (int)response.StatusCode);
        Assert.Equal($"/v1/jobs/{id}", response.Headers.Location?.ToString());
        Assert.Equal(
            $$$"""{"id":"{{{id}}}","state":"queued","position":2,"eta_seconds":1.5,"cost":{"reserved":0.08192},"links":{"self":"/v1/jobs/{{{id}}}","events":"/v1/jobs/{{{id}}}/events"}}""", body.GetRawText());
        // Said ahead, so that the caller has it all before the request is logged.
        Assert.Equal((body.GetRawText().Length, null), (response.Content.Headers.ContentLength, response.Headers.TransferEncodingChunked));
        Assert.Equal(("60", "59", "1m1s"), (Header(response, "x-ratelimit-limit-requests"), Header(response, "x-ratelimit-remaining-requests"), Header(response, "x-ratelimit-reset-requests")));
        var command = fixture.World.Submissions.Single(submission => submission.RequestDigest == acme.Jobs[id].View.RequestDigest && submission.Session == "thread");
        Assert.Equal(("native", "ann", "spring", true), (command.Dialect, command.User?.Value, command.Project.Value, command.FreshId));
    }

    [Fact]
    public async Task A_finished_job_shows_what_was_resolved_and_what_came_of_it()
    {
        var client = Client();
        var id = await Submit(client, """{"prompt":"done","seed":7,"size":"64x128","format":"jpeg","speed":"relax"}""");
        var asset = AssetUrlsTests.Asset($"asset_{id[4..]}_0");
        acme.Jobs[id].View = acme.Jobs[id].View with { State = JobState.Succeeded, SettledMicro = 81_920, Assets = [asset], StartedAt = DateTimeOffset.UnixEpoch, FinishedAt = DateTimeOffset.UnixEpoch };
        using var response = await client.GetAsync($"/v1/jobs/{id}");
        var body = await GatewayFixture.Body(response);
        Assert.Equal(("succeeded", "done", "64x128", 7, "jpeg", "relax", "spring", "ann"), (Text("state"), Text("prompt"), Text("size"), body.GetProperty("seed").GetInt32(), Text("format"), Text("speed"), Text("project"), Text("user")));
        Assert.Equal(0.08192m, body.GetProperty("cost").GetProperty("settled").GetDecimal());
        var link = new Uri(body.GetProperty("assets")[0].GetProperty("url").GetString()!);
        Assert.Equal($"/v1/assets/{asset.Id}/content", link.AbsolutePath);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());

        string? Text(string name) => body.GetProperty(name).GetString();
    }

    [Fact]
    public async Task A_job_that_no_device_can_run_is_held()
    {
        var client = Client();
        var id = await Submit(client, """{"prompt":"wait","model":"nobody-runs-it","session":"held-thread"}""");
        Assert.Equal("held", (await GatewayFixture.Body(await client.GetAsync($"/v1/jobs/{id}"))).GetProperty("state").GetString());
        Assert.Equal(id, Assert.Single(await Ids(client, "state=held&session=held-thread")));
        Assert.Empty(await Ids(client, "state=queued&session=held-thread"));
    }

    [Fact]
    public async Task A_refused_job_says_why()
    {
        var client = Client();
        var id = await Submit(client, """{"prompt":"later refused"}""");
        acme.Jobs[id].View = acme.Jobs[id].View with { State = JobState.Failed, Failure = new("render_failed", "The device broke."), Refusal = new(Refused.ModerationBlocked, "No.", Rules: ["r1"]) };
        var body = await GatewayFixture.Body(await client.GetAsync($"/v1/jobs/{id}"));
        Assert.Equal("""{"code":"moderation_blocked","detail":"No.","rules":["r1"]}""", body.GetProperty("refusal").GetRawText());
        Assert.Equal("""{"code":"render_failed","detail":"The device broke."}""", body.GetProperty("failure").GetRawText());
    }

    [Fact]
    public async Task A_job_whose_picture_was_blocked_names_the_rules()
    {
        var client = Client();
        var id = await Submit(client, """{"prompt":"later blocked"}""");
        acme.Jobs[id].View = acme.Jobs[id].View with { State = JobState.Failed, Failure = new(Failure.OutputBlocked, "It was not released.", ["r1"]) };
        var body = await GatewayFixture.Body(await client.GetAsync($"/v1/jobs/{id}"));
        Assert.Equal("""{"code":"output_blocked","detail":"It was not released.","rules":["r1"]}""", body.GetProperty("failure").GetRawText());
    }

    [Theory]
    [InlineData(Refused.InvalidValue, 422, "validation_failed", null)]
    [InlineData(Refused.ModelNotFound, 404, "model_not_found", null)]
    [InlineData(Refused.ModerationBlocked, 400, "moderation_blocked", null)]
    [InlineData(Refused.QuotaSpent, 429, "insufficient_quota", "false")]
    [InlineData(Refused.RateExceeded, 429, "rate_limit_exceeded", null)]
    [InlineData(Refused.QueueFull, 429, "rate_limit_exceeded", null)]
    [InlineData(Refused.IdempotencyMismatch, 422, "idempotency_mismatch", "false")]
    [InlineData(Refused.NotFound, 404, "not_found", null)]
    [InlineData(Refused.AlreadyExists, 409, "already_exists", "false")]
    [InlineData(Refused.AlreadyFinished, 409, "already_finished", "false")]
    public async Task Every_refusal_has_its_status_and_code(Refused reason, int status, string code, string? shouldRetry)
    {
        fixture.World.RefusalsByPrompt[$"refuse {reason}"] = new(reason, "Try something else.", reason == Refused.InvalidValue ? "steps" : null, reason == Refused.RateExceeded ? TimeSpan.FromSeconds(2.5) : null);
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json($$"""{"prompt":"refuse {{reason}}"}"""));
        var body = await GatewayFixture.Body(response);
        Assert.Equal((status, code, status), ((int)response.StatusCode, body.GetProperty("code").GetString(), body.GetProperty("status").GetInt32()));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(shouldRetry, Header(response, "x-should-retry"));
        var (wait, waitMs) = reason switch { Refused.RateExceeded => ("3", "2500"), Refused.QueueFull => ("1", "1000"), _ => (null, (string?)null) };
        Assert.Equal((wait, waitMs), (Header(response, "Retry-After"), Header(response, "retry-after-ms")));
    }

    [Fact]
    public async Task All_faults_of_a_body_come_back_at_once()
    {
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"n":0,"tenant_id":"rival"}"""));
        var body = await GatewayFixture.Body(response);
        Assert.Equal(["/prompt missing_field", "/n invalid_value", "/tenant_id unknown_field"],
            body.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("pointer")} {error.GetProperty("code")}"));
    }

    [Fact]
    public async Task A_key_of_one_project_learns_nothing_of_another()
    {
        acme.Projects["autumn"] = new("autumn", "Autumn", DateTimeOffset.UnixEpoch, Limits.None, null);
        using var other = await Client("spring").PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"x","project":"autumn"}"""));
        using var unknown = await Client("spring").PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"x","project":"nowhere"}"""));
        using var absent = await Client(null).PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"x","project":"nowhere"}"""));
        Assert.Equal(404, (int)other.StatusCode);
        Assert.Equal(await other.Content.ReadAsStringAsync(), await unknown.Content.ReadAsStringAsync());
        Assert.Equal(await other.Content.ReadAsStringAsync(), await absent.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_key_without_a_project_must_name_one()
    {
        using var response = await Client(null).PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"x"}"""));
        Assert.Equal("/project", (await GatewayFixture.Body(response)).GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task The_same_idempotency_key_is_the_same_job()
    {
        var client = Client();
        using var first = await Post(client, """{"prompt":"once"}""", "Idempotency-Key", "k-1");
        using var again = await Post(client, """{"prompt":"once"}""", "Idempotency-Key", "k-1");
        using var other = await Post(client, """{"prompt":"twice"}""", "Idempotency-Key", "k-1");
        Assert.Equal((202, 202, 422), ((int)first.StatusCode, (int)again.StatusCode, (int)other.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal((null, "true"), (Header(first, "Idempotency-Replayed"), Header(again, "Idempotency-Replayed")));
        Assert.Equal("false", Header(other, "x-should-retry"));
        using var rival = await Post(Client(), """{"prompt":"once"}""", "Idempotency-Key", "k-1");
        Assert.Null(Header(rival, "Idempotency-Replayed"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("é")]
    [InlineData(null)]
    public async Task An_idempotency_key_is_visible_ascii(string? key)
    {
        using var response = await Post(Client(), """{"prompt":"x"}""", "Idempotency-Key", key ?? new string('k', 256));
        Assert.Equal((400, "invalid_value"), ((int)response.StatusCode, (await GatewayFixture.Body(response)).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task An_sdks_retry_belongs_to_its_first_attempt()
    {
        var client = Client();
        using var first = await Post(client, """{"prompt":"sdk"}""", "X-Stainless-Retry-Count", "0");
        using var retry = await Post(client, """{"prompt":"sdk"}""", "X-Stainless-Retry-Count", "1");
        Assert.Equal("true", Header(retry, "Idempotency-Replayed"));
        Assert.Equal(first.Headers.Location, retry.Headers.Location);
        using var unknown = await Post(client, """{"prompt":"sdk, never seen"}""", "X-Stainless-Retry-Count", "2");
        Assert.Equal(202, (int)unknown.StatusCode);
    }

    [Fact]
    public async Task A_job_is_cancelled_once()
    {
        var client = Client();
        var id = await Submit(client, """{"prompt":"stop"}""");
        using var first = await client.DeleteAsync($"/v1/jobs/{id}");
        using var second = await client.DeleteAsync($"/v1/jobs/{id}");
        Assert.Equal("canceled", (await GatewayFixture.Body(first)).GetProperty("state").GetString());
        Assert.Equal((409, "false"), ((int)second.StatusCode, Header(second, "x-should-retry")));
    }

    [Fact]
    public async Task A_key_of_one_project_cannot_cancel_a_job_of_another_and_a_key_without_one_can()
    {
        acme.Projects["summer"] = new("summer", "Summer", DateTimeOffset.UnixEpoch, Limits.None, null);
        var id = await Submit(Client("summer"), """{"prompt":"not yours to stop"}""");
        using var other = await Client("spring").DeleteAsync($"/v1/jobs/{id}");
        using var unknown = await Client("spring").DeleteAsync($"/v1/jobs/{JobId.New()}");
        Assert.Equal((404, JobState.Queued), ((int)other.StatusCode, acme.Jobs[id].View.State));
        Assert.Equal(await unknown.Content.ReadAsByteArrayAsync(), await other.Content.ReadAsByteArrayAsync());
        // Reading is for the whole tenant.
        Assert.Equal(200, (int)(await Client("spring").GetAsync($"/v1/jobs/{id}")).StatusCode);
        Assert.Equal(200, (int)(await Client(null).DeleteAsync($"/v1/jobs/{id}")).StatusCode);
    }

    [Fact]
    public async Task A_blocked_prompt_names_the_job_that_records_it()
    {
        fixture.World.RefusalsByPrompt["a blocked prompt"] = new(Refused.ModerationBlocked, "Not this.", "prompt", Rules: ["r1"]);
        using var native = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a blocked prompt"}"""));
        using var openAi = await Client().PostAsync("/v1/images/generations", GatewayFixture.Json("""{"prompt":"a blocked prompt"}"""));
        Assert.Equal((400, 400), ((int)native.StatusCode, (int)openAi.StatusCode));
        Assert.True(JobId.TryParse(Header(native, "x-vitrine-job"), out var job));
        Assert.Equal($"/v1/jobs/{job}", native.Headers.Location?.ToString());
        Assert.True(JobId.TryParse(Header(openAi, "x-vitrine-job"), out _));
    }

    [Fact]
    public async Task What_is_not_recorded_names_no_job()
    {
        fixture.World.RefusalsByPrompt["out of credits"] = new(Refused.QuotaSpent, "No.");
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"out of credits"}"""));
        Assert.Equal((429, null, null), ((int)response.StatusCode, Header(response, "x-vitrine-job"), response.Headers.Location));
    }

    [Theory]
    [InlineData("registered", null, "registered")]
    [InlineData("somebody-else", null, null)]
    [InlineData("No Name Of Ours", null, null)]
    [InlineData("registered", "ann", "ann")]
    public async Task An_openai_end_user_is_the_user_of_that_name_where_the_key_has_none(string endUser, string? bound, string? expected)
    {
        acme.Users["registered"] = new("registered", "Registered", DateTimeOffset.UnixEpoch, Limits.None);
        var prompt = $"for {endUser} by {bound}";
        fixture.World.RefusalsByPrompt[prompt] = new(Refused.QuotaSpent, "No.");
        using var response = await fixture.Client(acme.Issue(Scopes.Generate, "spring", bound)).PostAsync("/v1/images/generations", GatewayFixture.Json($$"""{"prompt":"{{prompt}}","user":"{{endUser}}"}"""));
        var command = fixture.World.Submissions.Single(submission => submission.Prompt == prompt);
        Assert.Equal((expected, endUser), (command.User?.Value, command.EndUser));
    }

    [Theory, InlineData("end_user/0a"), InlineData("key/shared"), InlineData("ann")]
    public async Task Whoever_is_erased_is_gone_in_the_words_of_each_dialect(string subject)
    {
        var prompt = $"a fox for {subject}";
        fixture.World.RefusalsByPrompt[prompt] = Refusal.Erased(new(subject));
        using var native = await Client().PostAsync("/v1/jobs", GatewayFixture.Json($$"""{"prompt":"{{prompt}}"}"""));
        using var openAi = await Client().PostAsync("/v1/images/generations", GatewayFixture.Json($$"""{"prompt":"{{prompt}}","user":"visitor"}"""));
        Assert.Equal((410, 410), ((int)native.StatusCode, (int)openAi.StatusCode));
        Assert.Equal(("application/problem+json", "user_erased"), (native.Content.Headers.ContentType?.MediaType, (await GatewayFixture.Body(native)).GetProperty("code").GetString()));
        var error = (await GatewayFixture.Body(openAi)).GetProperty("error");
        Assert.Equal(("user_erased", "invalid_request_error"), (error.GetProperty("code").GetString(), error.GetProperty("type").GetString()));
        Assert.Equal(("false", "false"), (Header(native, "x-should-retry"), Header(openAi, "x-should-retry")));
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        var client = Client();
        var all = new HashSet<string>();
        for (var i = 0; i < 5; i++) all.Add(await Submit(client, $$"""{"prompt":"page {{i}}","session":"pages"}"""));
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await GatewayFixture.Body(await client.GetAsync($"/v1/jobs?session=pages&limit=2{(after is null ? "" : "&after=" + after)}"));
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(job => job.GetProperty("id").GetString()!));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);
        Assert.Equal(5, seen.Count);
        Assert.True(all.SetEquals(seen));
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("limit=1000000000")]
    [InlineData("limit=ten")]
    [InlineData("limit=1&limit=2")]
    [InlineData("state=done")]
    [InlineData("after=tampered")]
    [InlineData("after=")]
    [InlineData("project=..%2Fx")]
    [InlineData("tenant_id=rival")]
    [InlineData("sort=id;select")]
    public async Task A_query_that_cannot_be_taken_is_refused(string query)
    {
        using var response = await Client().GetAsync("/v1/jobs?" + query);
        Assert.Equal(422, (int)response.StatusCode);
        Assert.Equal("?" + query.Split('=')[0], (await GatewayFixture.Body(response)).GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task When_the_store_is_down_the_caller_is_asked_to_come_back()
    {
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"the store is down"}"""));
        Assert.Equal((503, "ledger_unavailable"), ((int)response.StatusCode, (await GatewayFixture.Body(response)).GetProperty("code").GetString()));
        Assert.Equal(("2", "2000", null), (Header(response, "Retry-After"), Header(response, "retry-after-ms"), Header(response, "x-should-retry")));
    }

    [Fact]
    public async Task A_recorded_job_is_accepted_also_when_its_place_is_unknown()
    {
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"the queue is away"}"""));
        Assert.Equal((202, false), ((int)response.StatusCode, (await GatewayFixture.Body(response)).TryGetProperty("position", out _)));
    }

    [Fact]
    public async Task A_bug_is_told_without_its_details()
    {
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a bug"}"""));
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(500, (int)response.StatusCode);
        Assert.Contains("internal_error", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Contains(fixture.Log.All, line => line.Contains(Header(response, "x-request-id")!, StringComparison.Ordinal) && line.StartsWith("Error", StringComparison.Ordinal));
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static async Task<string> Submit(HttpClient client, string body) =>
        (await GatewayFixture.Body(await client.PostAsync("/v1/jobs", GatewayFixture.Json(body)))).GetProperty("id").GetString()!;

    private static Task<HttpResponseMessage> Post(HttpClient client, string body, string header, string value)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = GatewayFixture.Json(body) };
        request.Headers.TryAddWithoutValidation(header, value);
        return client.SendAsync(request);
    }

    private static async Task<string[]> Ids(HttpClient client, string query) =>
        [.. (await GatewayFixture.Body(await client.GetAsync("/v1/jobs?" + query))).GetProperty("data").EnumerateArray().Select(job => job.GetProperty("id").GetString()!)];
}
