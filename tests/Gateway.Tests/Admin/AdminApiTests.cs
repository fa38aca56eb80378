using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Admin;

[Collection(nameof(GatewayFixture))]
public class AdminApiTests(GatewayFixture fixture)
{
    private HttpClient Platform => fixture.Client(fixture.World[TenantId.Platform].Issue(Scopes.Admin));

    [Fact]
    public async Task A_brand_is_set_up_and_its_key_makes_a_job()
    {
        var admin = Platform;
        Assert.Equal("/v1/admin/tenants/brand-new", (await Post(admin, "/v1/admin/tenants", """{"id":"brand-new","name":"Brand New"}""", 201)).Headers.Location?.ToString());
        await Post(admin, "/v1/admin/tenants/brand-new/projects", """{"id":"spring","models":["sticker"]}""", 201);
        await Post(admin, "/v1/admin/tenants/brand-new/users", """{"id":"ann"}""", 201);
        var issued = await Post(admin, "/v1/admin/tenants/brand-new/keys", """{"project":"spring","user":"ann","scopes":["generate","read"],"name":"ci","expires_at":"2100-01-01T00:00:00Z"}""", 201);
        var body = await GatewayFixture.Body(issued);
        Assert.Equal("no-store", issued.Headers.CacheControl?.ToString());
        Assert.Equal("""["generate","read"]""", body.GetProperty("scopes").GetRawText());

        var key = body.GetProperty("key").GetString()!;
        Assert.StartsWith($"vk-brand-new-{body.GetProperty("id").GetString()}-", key, StringComparison.Ordinal);
        await Post(fixture.Client(key), "/v1/jobs", """{"prompt":"a fox"}""", 202);

        var listed = await admin.GetStringAsync("/v1/admin/tenants/brand-new/keys");
        Assert.DoesNotContain(key[^43..], listed, StringComparison.Ordinal);
        Assert.Contains("\"next\":null", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Log.All, line => line.Contains(key[^43..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_exists_is_not_made_again()
    {
        using var response = await Post(Platform, "/v1/admin/tenants", """{"id":"acme"}""", 409);
        Assert.Equal("false", Assert.Single(response.Headers.GetValues("x-should-retry")));
    }

    [Fact]
    public async Task Limits_are_replaced_and_shown_with_the_months_use()
    {
        var own = fixture.Client(fixture.World["acme"].Issue(Scopes.Admin));
        using var set = await own.PutAsync("/v1/admin/tenants/acme/projects/spring/limits", GatewayFixture.Json("""{"credits_per_month":0.000001,"images_per_minute":60,"queued":5}"""));
        const string Limits = """{"credits_per_month":0.000001,"images_per_minute":60,"queued":5,"running":null,"weight":null}""";
        Assert.Equal($$"""{"limits":{{Limits}},"period":"2026-01","settled":1.5,"reserved":0.25,"queued_jobs":1,"running_jobs":2}""", await set.Content.ReadAsStringAsync());
        var project = await GatewayFixture.Body(await own.GetAsync("/v1/admin/tenants/acme/projects/spring"));
        Assert.Equal(Limits, project.GetProperty("account").GetProperty("limits").GetRawText());
    }

    [Fact]
    public async Task A_person_is_erased_and_the_answer_says_what_was_done_and_where_it_is_recorded()
    {
        var brand = fixture.World["erasing"];
        brand.View = new("erasing", "Erasing", DateTimeOffset.UnixEpoch, Limits.None);
        brand.Users["ann"] = new("ann", "Ann", DateTimeOffset.UnixEpoch, Limits.None);
        var admin = fixture.Client(brand.Issue(Scopes.Admin));

        brand.IsErasureSlow = true;
        var begun = await GatewayFixture.Body(await Post(admin, "/v1/admin/tenants/erasing/users/ann/erase", "", 202));
        Assert.Equal(("erasing", false), (begun.GetProperty("state").GetString(), begun.TryGetProperty("event", out _)));
        brand.IsErasureSlow = false;
        using var done = await Post(admin, "/v1/admin/tenants/erasing/users/ann/erase", "", 200);
        Assert.Equal(
            """{"user":"ann","state":"erased","begun_at":"1970-01-01T00:00:00+00:00","erased_at":"1970-01-01T00:00:00+00:00","jobs":3,"jobs_canceled":1,"assets":2,"inputs":0,"plain_records":0,"event":{"stream":"user/ann","version":4,"type":"user.erased","index":17}}""",
            await done.Content.ReadAsStringAsync());
        var user = await GatewayFixture.Body(await admin.GetAsync("/v1/admin/tenants/erasing/users/ann"));
        Assert.Equal(("", "erased"), (user.GetProperty("name").GetString(), user.GetProperty("state").GetString()));
        await Post(admin, "/v1/admin/tenants/erasing/users/nobody/erase", "", 404);
        await Post(admin, "/v1/admin/tenants/erasing/users/No%20Name/erase", "", 404);
    }

    [Fact]
    public async Task An_end_user_is_erased_by_the_name_in_the_body_and_the_record_has_another()
    {
        var brand = fixture.World["erasing-end-users"];
        brand.View = new("erasing-end-users", "Erasing", DateTimeOffset.UnixEpoch, Limits.None);
        var visitor = new string('é', 256);
        var digest = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(visitor));
        brand.EndUsers["end_user/" + digest] = true;
        var admin = fixture.Client(brand.Issue(Scopes.Admin));
        const string Path = "/v1/admin/tenants/erasing-end-users/end-users/erase";

        brand.IsErasureSlow = true;
        var begun = await GatewayFixture.Body(await Post(admin, Path, $$"""{"end_user":"{{visitor}}"}""", 202));
        Assert.Equal(("erasing", false), (begun.GetProperty("state").GetString(), begun.TryGetProperty("event", out _)));
        brand.IsErasureSlow = false;
        var erased = await GatewayFixture.Body(await Post(admin, Path, $$"""{"end_user":"{{visitor}}"}""", 200));
        Assert.Equal((visitor, "erased", false, false), (erased.GetProperty("end_user").GetString(), erased.GetProperty("state").GetString(), erased.TryGetProperty("user", out _), erased.TryGetProperty("key", out _)));
        Assert.Equal($$"""{"stream":"subject/end_user/{{digest}}","version":4,"type":"subject.erased","index":17}""", erased.GetProperty("event").GetRawText());
        // Nobody else, and no user of that name.
        brand.Users["ann"] = new("ann", "Ann", DateTimeOffset.UnixEpoch, Limits.None);
        using var unknown = await Post(admin, Path, """{"end_user":"ann"}""", 404);
        Assert.Equal("application/problem+json", unknown.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain(fixture.Log.All, line => line.Contains(visitor, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}", 422, "/end_user", "missing_field")]
    [InlineData("""{"end_user":null}""", 422, "/end_user", "missing_field")]
    [InlineData("""{"end_user":""}""", 422, "/end_user", "invalid_value")]
    [InlineData("""{"end_user":7}""", 422, "/end_user", "invalid_value")]
    [InlineData("""{"end_user":["visitor"]}""", 422, "/end_user", "invalid_value")]
    [InlineData("""{"end_user":"visitor","user":"ann"}""", 422, "/user", "unknown_field")]
    [InlineData("""["visitor"]""", 400, null, "invalid_json")]
    [InlineData("""{"end_user":"visitor","end_user":"ann"}""", 400, null, "invalid_json")]
    [InlineData("""{"end_user":"\ud800"}""", 400, null, "invalid_json")]
    [InlineData("", 400, null, "invalid_json")]
    public async Task A_body_that_names_no_end_user_is_refused(string body, int status, string? at, string code)
    {
        var own = fixture.Client(fixture.World["acme"].Issue(Scopes.Admin));
        var answer = await GatewayFixture.Body(await Post(own, "/v1/admin/tenants/acme/end-users/erase", body, status));
        Assert.Equal(at is null ? (code, null, null) : ("validation_failed", at, code),
            (answer.GetProperty("code").GetString(), at is null ? null : answer.GetProperty("errors")[0].GetProperty("pointer").GetString(), at is null ? null : answer.GetProperty("errors")[0].GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_name_longer_than_any_request_can_have_is_refused()
    {
        var own = fixture.Client(fixture.World["acme"].Issue(Scopes.Admin));
        await Post(own, "/v1/admin/tenants/acme/end-users/erase", $$"""{"end_user":"{{new string('x', 257)}}"}""", 422);
    }

    [Fact]
    public async Task What_was_said_through_a_key_is_erased_by_the_keys_id()
    {
        var brand = fixture.World["erasing-keys"];
        brand.View = new("erasing-keys", "Erasing", DateTimeOffset.UnixEpoch, Limits.None);
        var admin = fixture.Client(brand.Issue(Scopes.Admin));
        brand.Add(new(new("shared"), "digest", Scopes.Generate, new("spring"), null, null, null));

        using var done = await Post(admin, "/v1/admin/tenants/erasing-keys/keys/shared/erase", "", 200);
        Assert.Equal(
            """{"key":"shared","state":"erased","begun_at":"1970-01-01T00:00:00+00:00","erased_at":"1970-01-01T00:00:00+00:00","jobs":3,"jobs_canceled":1,"assets":2,"inputs":0,"plain_records":0,"event":{"stream":"subject/key/shared","version":4,"type":"subject.erased","index":17}}""",
            await done.Content.ReadAsStringAsync());
        await Post(admin, "/v1/admin/tenants/erasing-keys/keys/nobodys/erase", "", 404);
        await Post(admin, "/v1/admin/tenants/erasing-keys/keys/No%20Key/erase", "", 404);
        await Post(admin, "/v1/admin/tenants/erasing-keys/keys/key%2Fshared/erase", "", 404);
        // What is no user's id reaches no subject of another kind either.
        await Post(admin, "/v1/admin/tenants/erasing-keys/users/key%2Fshared/erase", "", 404);
    }

    [Fact]
    public async Task A_brand_cannot_raise_its_own_budget()
    {
        var own = fixture.Client(fixture.World["acme"].Issue(Scopes.Admin));
        using var refused = await own.PutAsync("/v1/admin/tenants/acme/limits", GatewayFixture.Json("""{"credits_per_month":null}"""));
        Assert.Equal(403, (int)refused.StatusCode);
        using var set = await Platform.PutAsync("/v1/admin/tenants/acme/limits", GatewayFixture.Json("""{"credits_per_month":100}"""));
        Assert.Equal(200, (int)set.StatusCode);
    }

    [Theory]
    [InlineData("credits_per_month", "-1")]
    [InlineData("credits_per_month", "0.0000001")]
    [InlineData("credits_per_month", "1e3")]
    [InlineData("credits_per_month", "0.00000000000000000000000000001")]
    [InlineData("credits_per_month", "9000000000001")]
    [InlineData("credits_per_month", "\"5\"")]
    [InlineData("images_per_minute", "-1")]
    [InlineData("queued", "1.5")]
    [InlineData("running", "99999999999")]
    [InlineData("weight", "0")]
    [InlineData("weight", "1001")]
    [InlineData("credits", "1")]
    public async Task A_limit_that_cannot_be_is_refused(string field, string value)
    {
        using var response = await Platform.PutAsync("/v1/admin/tenants/acme/users/ann/limits", GatewayFixture.Json($$"""{"{{field}}":{{value}}}"""));
        Assert.Equal((422, "/" + field), ((int)response.StatusCode, (await GatewayFixture.Body(response)).GetProperty("errors")[0].GetProperty("pointer").GetString()));
    }

    [Theory]
    [InlineData("""{"project":"spring"}""", "/scopes")]
    [InlineData("""{"scopes":[]}""", "/scopes")]
    [InlineData("""{"scopes":["root"]}""", "/scopes")]
    [InlineData("""{"scopes":"read"}""", "/scopes")]
    [InlineData("""{"scopes":["generate"]}""", "/project")]
    [InlineData("""{"scopes":["read"],"expires_at":"2001-01-01T00:00:00Z"}""", "/expires_at")]
    [InlineData("""{"scopes":["read"],"expires_at":"soon"}""", "/expires_at")]
    [InlineData("""{"scopes":["read"],"secret":"mine"}""", "/secret")]
    public async Task A_key_that_cannot_be_is_refused(string body, string at)
    {
        using var response = await Post(Platform, "/v1/admin/tenants/acme/keys", body, 422);
        Assert.Equal(at, (await GatewayFixture.Body(response)).GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task Lists_are_ordered_by_id_and_come_in_pages()
    {
        var acme = fixture.World["acme"];
        foreach (var id in new[] { "u3", "u1", "u2" }) acme.Users[id] = new(id, id, DateTimeOffset.UnixEpoch, Limits.None);
        var first = await GatewayFixture.Body(await Platform.GetAsync("/v1/admin/tenants/acme/users?limit=2"));
        Assert.Equal("u2", first.GetProperty("next").GetString());
        var second = await GatewayFixture.Body(await Platform.GetAsync("/v1/admin/tenants/acme/users?limit=2&after=u2"));
        Assert.Equal("u3", second.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal(422, (int)(await Platform.GetAsync("/v1/admin/tenants/acme/users?limit=201")).StatusCode);
    }

    [Fact]
    public async Task Use_is_told_by_month()
    {
        var reader = fixture.Client(fixture.World["acme"].Issue(Scopes.Read, "spring"));
        Assert.Equal("""{"project":"spring","period":"2026-02","settled":1.048576,"reserved":0,"jobs":3,"images":4,"jobs_by_state":{"succeeded":3}}""",
            await reader.GetStringAsync("/v1/projects/spring/usage?period=2026-02"));
        Assert.Equal(404, (int)(await reader.GetAsync("/v1/projects/only-others/usage")).StatusCode);
        foreach (var period in new[] { "2026-13", "2026-1", "1999-01", "2026-01-01", "%D9%A2026-01", "" })
            Assert.Equal(422, (int)(await reader.GetAsync("/v1/projects/spring/usage?period=" + period)).StatusCode);
    }

    private static async Task<HttpResponseMessage> Post(HttpClient client, string path, string body, int expected)
    {
        var response = await client.PostAsync(path, GatewayFixture.Json(body));
        Assert.True(expected == (int)response.StatusCode, $"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return response;
    }
}
