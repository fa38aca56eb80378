using System.Net;
using System.Text;
using Npgsql;

namespace Vitrine.System.Tests;

/// <summary>Bad input against the whole system: a clear no in the caller's dialect, nothing recorded, nothing lost, never a 5xx.</summary>
[Collection(SystemCollection.Name)]
public sealed class BadInputTests(SystemFixture system)
{
    public static TheoryData<string, string, int, int> Bodies()
    {
        var data = new TheoryData<string, string, int, int>
        {
            // name, body, status on the OpenAI surface, status on ours
            { "truncated", "{", 400, 400 },
            { "empty", "", 400, 400 },
            { "an array", "[]", 400, 400 },
            { "a lone surrogate", "{\"prompt\":\"\\ud800\"}", 400, 400 },
            { "nested too deep", new string('[', 10_000), 400, 400 },
            { "a key twice", "{\"prompt\":\"a cat\",\"n\":1,\"n\":10}", 400, 400 },
            { "a number beyond all", "{\"prompt\":\"a cat\",\"n\":1e309}", 400, 422 },
            { "zero pictures", "{\"prompt\":\"a cat\",\"n\":0}", 400, 422 },
            { "eleven pictures", "{\"prompt\":\"a cat\",\"n\":11}", 400, 422 },
            { "a fraction of a picture", "{\"prompt\":\"a cat\",\"n\":1.5}", 400, 422 },
            { "a size of nothing", "{\"prompt\":\"a cat\",\"size\":\"0x0\"}", 400, 422 },
            { "a size of everything", "{\"prompt\":\"a cat\",\"size\":\"99999x99999\"}", 400, 422 },
            { "a size off the grid", "{\"prompt\":\"a cat\",\"size\":\"512x513\"}", 400, 422 },
            { "a size in wide digits", "{\"prompt\":\"a cat\",\"size\":\"\uFF15\uFF11\uFF12x512\"}", 400, 422 },
            { "a million steps", "{\"prompt\":\"a cat\",\"steps\":1000000}", 400, 422 },
            { "a negative seed", "{\"prompt\":\"a cat\",\"seed\":-1}", 400, 422 },
            { "a seed too large", "{\"prompt\":\"a cat\",\"seed\":18446744073709551616}", 400, 422 },
            { "a seed at the end of the range", "{\"prompt\":\"a cat\",\"seed\":9223372036854775807,\"n\":2}", 400, 422 },
            { "no prompt", "{}", 400, 422 },
            { "a blank prompt", "{\"prompt\":\"  \\u200b \"}", 400, 422 },
            { "a NUL in the prompt", "{\"prompt\":\"a\\u0000b\"}", 400, 422 },
            { "a prompt too long", "{\"prompt\":\"" + new string('a', 32_001) + "\"}", 400, 422 },
            { "a model with a path", "{\"prompt\":\"a cat\",\"model\":\"../../etc/passwd\"}", 404, 404 },
            { "a model of 300 characters", "{\"prompt\":\"a cat\",\"model\":\"" + new string('m', 300) + "\"}", 404, 404 },
            { "an unknown model", "{\"prompt\":\"a cat\",\"model\":\"no-such-model\"}", 404, 404 },
        };
        return data;
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_bad_body_is_refused_in_both_dialects_and_nothing_is_recorded(string name, string body, int openAi, int native)
    {
        using var client = system.Client(system.ApiKey);
        var before = await Events();

        var theirs = await client.PostText("/v1/images/generations", body);
        var ours = await client.PostText("/v1/jobs", body);

        Assert.True(openAi == (int)theirs.Status, $"{name}: {(int)theirs.Status} {Encoding.UTF8.GetString(theirs.Bytes)}");
        Assert.True(native == (int)ours.Status, $"{name}: {(int)ours.Status} {Encoding.UTF8.GetString(ours.Bytes)}");
        Assert.NotNull(theirs.Header("x-request-id"));
        Assert.NotNull(ours.Header("x-request-id"));
        foreach (var key in new[] { "message", "type", "param", "code" }) Assert.True(theirs.Body.GetProperty("error").TryGetProperty(key, out _), key);
        Assert.Equal("application/problem+json", ours.Message.Content.Headers.ContentType!.MediaType);
        Assert.Equal(before, await Events());
    }

    [Fact]
    public async Task The_longest_prompt_is_taken()
    {
        using var client = system.Client(system.ApiKey);
        var prompt = string.Join(' ', Enumerable.Repeat("apple", 32_000 / 6));

        var answer = await client.PostJob(new { prompt, negative_prompt = prompt, steps = 12 });

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal("succeeded", (await client.End(answer.Body.GetProperty("id").GetString()!)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_body_of_50_MB_is_refused_before_it_is_read()
    {
        using var client = system.Client(system.ApiKey);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = new ByteArrayContent(new byte[50 << 20]) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.ExpectContinue = true;

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.Ask(request)).Status);
    }

    [Fact]
    public async Task A_blocked_prompt_is_recorded_as_refused_and_costs_nothing()
    {
        var brand = await system.NewTenant(creditsPerMonth: 1);
        using var client = system.Client(brand.ApiKey);

        var answer = await client.Post("/v1/images/generations", new { prompt = "explicit hardcore porn" });

        Assert.Equal((HttpStatusCode.BadRequest, "moderation_blocked"), (answer.Status, answer.Code));
        Assert.Equal("image_generation_user_error", answer.Body.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(0, (await client.Get("/v1/projects/campaign/usage")).Body.GetProperty("jobs").GetInt32());
        var job = (await client.Get($"/v1/jobs/{answer.Header("x-vitrine-job")}")).Body;
        Assert.Equal(("failed", "moderation_blocked"), (job.GetProperty("state").GetString(), job.GetProperty("refusal").GetProperty("code").GetString()));
        Assert.NotEqual(0, job.GetProperty("refusal").GetProperty("rules").GetArrayLength());
    }

    private async Task<long> Events()
    {
        await using var database = NpgsqlDataSource.Create(system.Platform.Database);
        await using var command = database.CreateCommand("select count(*) from vitrine.mt_events where type like 'job.prompt%'");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
