using System.Net;
using System.Text;
using System.Text.Json;
using Vitrine.Grains.Interfaces;
using static Vitrine.Gateway.Tests.OpenAi.ScriptedCluster;

namespace Vitrine.Gateway.Tests.OpenAi;

public sealed class OpenAiGenerationsTests(ScriptedCluster cluster) : IClassFixture<ScriptedCluster>
{
    private static readonly Uri Generations = new("/v1/images/generations", UriKind.Relative);

    [Fact]
    public async Task The_pictures_of_a_job_that_succeeds_are_the_answer()
    {
        var script = cluster.WillSucceed("two foxes");

        using var answer = await Post("""{"prompt":"two foxes","n":2,"user":"visitor"}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        var data = (await Json(answer)).GetProperty("data");
        Assert.Equal([PictureOf("two foxes", 0), PictureOf("two foxes", 1)], data.EnumerateArray().Select(image => image.GetProperty("b64_json").GetBytesFromBase64()));
        var command = Assert.Single(script.Commands).Command;
        Assert.Equal(("brand", "campaign", "ann", "openai", "visitor", true), (command.Principal.Tenant.Value, command.Project.Value, command.User?.Value, command.Dialect, command.EndUser, command.FreshId));
    }

    [Fact]
    public async Task A_link_is_given_when_it_is_asked_for()
    {
        cluster.WillSucceed("a linked fox");

        using var answer = await Post("""{"prompt":"a linked fox","response_format":"url"}""");

        var image = Assert.Single((await Json(answer)).GetProperty("data").EnumerateArray());
        Assert.StartsWith("https://pictures.example/v1/assets/asset_", image.GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.False(image.TryGetProperty("b64_json", out _));
    }

    [Fact]
    public async Task Every_answer_has_the_headers_that_clients_expect()
    {
        cluster.WillSucceed("a fox with headers");
        using var client = cluster.Client();
        using var revoked = cluster.Client("revoked");

        foreach (var (answer, status) in new[]
        {
            (await client.PostAsync(Generations, ScriptedCluster.Json("""{"prompt":"a fox with headers"}""")), HttpStatusCode.OK),
            (await client.PostAsync(Generations, ScriptedCluster.Json("{")), HttpStatusCode.BadRequest),
            (await revoked.PostAsync(Generations, ScriptedCluster.Json("{}")), HttpStatusCode.Unauthorized),
            (await client.GetAsync(new Uri("/v1/models/none", UriKind.Relative)), HttpStatusCode.NotFound),
        })
        {
            Assert.Equal(status, answer.StatusCode);
            Assert.Equal("2020-10-01", Header(answer, "openai-version"));
            Assert.True(long.Parse(Header(answer, "openai-processing-ms")!) >= 0);
            Assert.StartsWith("req_", Header(answer, "x-request-id"), StringComparison.Ordinal);
            answer.Dispose();
        }
    }

    [Fact]
    public async Task The_room_under_the_rate_limit_is_told()
    {
        cluster.WillSucceed("a limited fox");

        using var answer = await Post("""{"prompt":"a limited fox"}""");

        Assert.Equal(
            ("60", "56", "12s"), (Header(answer, "x-ratelimit-limit-requests"), Header(answer, "x-ratelimit-remaining-requests"), Header(answer, "x-ratelimit-reset-requests")));
    }

    [Fact]
    public async Task A_stream_has_the_partial_pictures_once_and_then_each_finished_picture()
    {
        cluster.WillSucceed("streamed foxes", Previews);

        using var answer = await Post("""{"prompt":"streamed foxes","n":2,"stream":true,"partial_images":2}""");

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        var events = await Events(answer);
        Assert.Equal(
            ["image_generation.partial_image", "image_generation.partial_image", "image_generation.partial_image", "image_generation.completed", "image_generation.completed"], events.Select(e => e.Name));
        Assert.All(events, e => Assert.Equal(e.Name, e.Data.GetProperty("type").GetString()));
        Assert.Equal([0, 0, 1], events.Take(3).Select(e => e.Data.GetProperty("partial_image_index").GetInt32()));
        Assert.Equal(["image 0 preview 0", "image 1 preview 0", "image 0 preview 1"], events.Take(3).Select(Picture));
        Assert.Equal(["streamed foxes 0", "streamed foxes 1"], events.Skip(3).Select(Picture));
        Assert.Equal(17, events.Skip(3).Sum(e => e.Data.GetProperty("usage").GetProperty("output_tokens").GetInt64()));

        async IAsyncEnumerable<JobUpdate> Previews(JobView job)
        {
            yield return new(2 * JobUpdate.PerEvent, JobUpdateKind.Started, job);
            yield return await Preview(1, 0, 0);
            yield return new(2 * JobUpdate.PerEvent + 2, JobUpdateKind.Progress, Progress: new(0, 2, 4, null, null));
            yield return await Preview(3, 1, 0);
            yield return await Preview(4, 0, 0); // made again after a crash
            yield return new(2 * JobUpdate.PerEvent + 5, JobUpdateKind.Progress, Progress: new(1, 3, 4, "passed-away", 1));
            yield return await Preview(6, 0, 1);

            async Task<JobUpdate> Preview(int count, int image, int index)
            {
                var name = $"preview-{image}-{index}";
                await cluster.Blobs.PutTransient(Tenant, name, Encoding.UTF8.GetBytes($"image {image} preview {index}"), CancellationToken.None);
                return new(2 * JobUpdate.PerEvent + count, JobUpdateKind.Progress, Progress: new(image, index + 1, 4, name, index));
            }
        }
    }

    [Fact]
    public async Task A_key_that_is_revoked_within_a_stream_gets_no_picture_any_more()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.WillSucceed("a fox for a revoked key", Wait);
        using var client = cluster.Client("leaver");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/images/generations") { Content = ScriptedCluster.Json("""{"prompt":"a fox for a revoked key","stream":true}""") };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        cluster.Scripts.Revoked["leaver"] = true;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await client.GetAsync("/v1/models", patience.Token)).StatusCode != HttpStatusCode.Unauthorized) await Task.Yield();
        go.SetResult();

        var told = await answer.Content.ReadAsStringAsync();
        Assert.Contains("event: error", told, StringComparison.Ordinal);
        Assert.Contains("invalid_api_key", told, StringComparison.Ordinal);
        Assert.DoesNotContain("image_generation.completed", told, StringComparison.Ordinal);

        async IAsyncEnumerable<JobUpdate> Wait(JobView job)
        {
            await go.Task;
            yield return new(2 * JobUpdate.PerEvent, JobUpdateKind.Started, job);
        }
    }

    [Fact]
    public async Task A_job_that_fails_within_a_stream_ends_it_with_an_error_event()
    {
        cluster.WillEnd("a fox that fails", JobUpdateKind.Failed, job => job with { State = JobState.Failed, Failure = new("render_failed", "No device could render it.") });

        using var answer = await Post("""{"prompt":"a fox that fails","stream":true}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var (name, data) = Assert.Single(await Events(answer));
        Assert.Equal(("error", "render_failed"), (name, data.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_job_that_fails_is_a_server_error_that_is_not_asked_for_again()
    {
        cluster.WillEnd("a failing fox", JobUpdateKind.Failed, job => job with { State = JobState.Failed, Failure = new("render_failed", "No device could render it.") });

        using var answer = await Post("""{"prompt":"a failing fox"}""");

        Assert.Equal((HttpStatusCode.InternalServerError, "false"), (answer.StatusCode, Header(answer, "x-should-retry")));
        Assert.Equal(("server_error", "render_failed"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task A_job_that_is_canceled_is_a_conflict_that_is_not_asked_for_again()
    {
        cluster.WillEnd("a canceled fox", JobUpdateKind.Canceled, job => job with { State = JobState.Canceled });

        using var answer = await Post("""{"prompt":"a canceled fox"}""");

        Assert.Equal((HttpStatusCode.Conflict, "false"), (answer.StatusCode, Header(answer, "x-should-retry")));
        Assert.Equal(("invalid_request_error", "canceled"), await TypeAndCode(answer));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refusal_is_an_error_status_also_when_a_stream_was_asked_for(bool stream)
    {
        cluster.WillRefuse("a blocked fox", new(Refused.ModerationBlocked, "A rule of the brand blocks this prompt.", Rules: ["r1"]));

        using var answer = await Post($$"""{"prompt":"a blocked fox","stream":{{(stream ? "true" : "false")}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(("image_generation_user_error", "moderation_blocked"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task A_spent_budget_is_a_429_that_is_not_asked_for_again()
    {
        cluster.WillRefuse("an expensive fox", new(Refused.QuotaSpent, "The budget of this month is spent."));

        using var answer = await Post("""{"prompt":"an expensive fox"}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "false", null), (answer.StatusCode, Header(answer, "x-should-retry"), Header(answer, "Retry-After")));
        Assert.Equal(("insufficient_quota", "insufficient_quota"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task An_idempotency_key_gives_the_same_answer_to_the_byte_and_no_other_request()
    {
        var script = cluster.WillSucceed("the same fox");

        using var first = await Post("""{"prompt":"the same fox"}""", ("Idempotency-Key", "k-1"));
        using var second = await Post("""{"prompt":"the same fox"}""", ("Idempotency-Key", "k-1"));
        using var other = await Post("""{"prompt":"the same fox","n":2}""", ("Idempotency-Key", "k-1"));

        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Single(script.Commands.Select(command => command.Job).Distinct());
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "false"), (other.StatusCode, Header(other, "x-should-retry")));
        Assert.Equal(("invalid_request_error", "idempotency_mismatch"), await TypeAndCode(other));
    }

    [Fact]
    public async Task A_caller_that_goes_away_does_not_end_the_job_and_its_retry_gets_the_answer()
    {
        var (watched, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var script = cluster.WillSucceed("an interrupted fox", Wait);
        using var gone = new CancellationTokenSource();

        var first = Post("""{"prompt":"an interrupted fox"}""", gone.Token, ("X-Stainless-Retry-Count", "0"));
        Assert.Same(watched.Task, await Task.WhenAny(watched.Task, first));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();
        using var answer = await Post("""{"prompt":"an interrupted fox"}""", ("X-Stainless-Retry-Count", "1"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(script.Commands.Select(command => command.Job).Distinct());
        Assert.Equal(0, script.Canceled);

        async IAsyncEnumerable<JobUpdate> Wait(JobView job)
        {
            watched.TrySetResult();
            await go.Task;
            yield return new(2 * JobUpdate.PerEvent, JobUpdateKind.Started, job);
        }
    }

    [Fact]
    public async Task A_picture_that_is_not_in_the_store_is_our_fault_and_told_in_one_piece()
    {
        cluster.WillEnd("a lost fox", JobUpdateKind.Succeeded, job => job with { State = JobState.Succeeded, SettledMicro = 1, Assets = [FinishedJobs.Asset(0)] });

        using var answer = await Post("""{"prompt":"a lost fox"}""");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(("server_error", "internal_error"), await TypeAndCode(answer));
    }

    [Theory]
    [InlineData("reader")]
    [InlineData("unbound")]
    public async Task A_key_that_may_not_generate_is_told_so(string key)
    {
        using var client = cluster.Client(key);

        using var answer = await client.PostAsync(Generations, ScriptedCluster.Json("""{"prompt":"a fox"}"""));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "insufficient_scope"), await TypeAndCode(answer));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"prompt":"\ud800"}""")]
    [InlineData("""{"n":1,"n":100,"prompt":"a fox"}""")]
    public async Task A_body_that_is_not_one_sound_object_is_refused(string body)
    {
        using var answer = await Post(body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "invalid_json"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused()
    {
        using var answer = await PostBytes([.. "{\"prompt\":\""u8, 0xC0, 0xAF, .. "\"}"u8], "application/json");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "invalid_json"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task Ten_thousand_nested_arrays_are_refused()
    {
        using var answer = await Post("""{"prompt":""" + new string('[', 10_000) + new string(']', 10_000) + "}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "invalid_json"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task U0000_in_a_prompt_is_refused()
    {
        using var answer = await Post("""{"prompt":"a\u0000fox"}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "invalid_value"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task A_body_above_one_mebibyte_is_refused()
    {
        using var client = cluster.Client();
        client.DefaultRequestHeaders.ExpectContinue = true; // Otherwise the client may fail while it still sends what nobody reads.

        using var answer = await client.PostAsync(Generations, ScriptedCluster.Json($$"""{"prompt":"{{new string('a', 1 << 20)}}"}"""));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "payload_too_large"), await TypeAndCode(answer));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Another_media_type_is_refused(string? mediaType)
    {
        using var answer = await PostBytes("""{"prompt":"a fox"}"""u8.ToArray(), mediaType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "unsupported_media_type"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task The_models_are_listed_and_found_by_name()
    {
        using var client = cluster.Client("reader");

        Assert.Equal(
            """{"object":"list","data":[{"id":"vitrine-sticker","object":"model","created":1767225600,"owned_by":"vitrine"}]}""",
            await client.GetStringAsync(new Uri("/v1/models", UriKind.Relative)));
        Assert.Equal(
            """{"id":"vitrine-sticker","object":"model","created":1767225600,"owned_by":"vitrine"}""",
            await client.GetStringAsync(new Uri("/v1/models/vitrine-sticker", UriKind.Relative)));
    }

    [Theory]
    [InlineData("gpt-image-1")]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    public async Task An_unknown_model_is_not_found(string model)
    {
        using var client = cluster.Client();

        using var answer = await client.GetAsync(new Uri("/v1/models/" + model, UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(("invalid_request_error", "model_not_found"), await TypeAndCode(answer));
    }

    [Fact]
    public async Task The_routes_stand_in_the_api_document_with_their_fields()
    {
        using var stranger = new HttpClient { BaseAddress = cluster.Address };

        var document = await stranger.GetStringAsync(new Uri("/openapi.json", UriKind.Relative));

        var root = JsonSerializer.Deserialize<JsonElement>(document);
        var paths = root.GetProperty("paths");
        Assert.Equal("CreateImage", paths.GetProperty("/v1/images/generations").GetProperty("post").GetProperty("operationId").GetString());
        Assert.Equal("ListModels", paths.GetProperty("/v1/models").GetProperty("get").GetProperty("operationId").GetString());
        Assert.Equal("RetrieveModel", paths.GetProperty("/v1/models/{id}").GetProperty("get").GetProperty("operationId").GetString());
        var schemas = root.GetProperty("components").GetProperty("schemas");
        Assert.True(schemas.GetProperty("OpenAiImageBody").GetProperty("properties").TryGetProperty("partial_images", out _));
        Assert.True(schemas.GetProperty("OpenAiImageData").GetProperty("properties").TryGetProperty("b64_json", out _));
        Assert.True(schemas.GetProperty("OpenAiModel").GetProperty("properties").TryGetProperty("owned_by", out _));
    }

    private Task<HttpResponseMessage> Post(string body, params (string Name, string Value)[] headers) => Post(body, CancellationToken.None, headers);

    private async Task<HttpResponseMessage> Post(string body, CancellationToken ct, params (string Name, string Value)[] headers)
    {
        using var client = cluster.Client();
        foreach (var (name, value) in headers) client.DefaultRequestHeaders.Add(name, value);
        return await client.PostAsync(Generations, ScriptedCluster.Json(body), ct);
    }

    private async Task<HttpResponseMessage> PostBytes(byte[] body, string? mediaType)
    {
        using var client = cluster.Client();
        var content = new ByteArrayContent(body);
        if (mediaType is not null) content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        return await client.PostAsync(Generations, content);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) => JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStreamAsync());

    private static async Task<(string? Type, string? Code)> TypeAndCode(HttpResponseMessage answer)
    {
        var error = (await Json(answer)).GetProperty("error");
        return (error.GetProperty("type").GetString(), error.GetProperty("code").GetString());
    }

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private static async Task<List<(string Name, JsonElement Data)>> Events(HttpResponseMessage answer)
    {
        var events = new List<(string, JsonElement)>();
        foreach (var block in (await answer.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            events.Add((lines[0]["event: ".Length..], JsonSerializer.Deserialize<JsonElement>(lines[1]["data: ".Length..])));
        }

        return events;
    }

    private static string Picture((string Name, JsonElement Data) e) => Encoding.UTF8.GetString(e.Data.GetProperty("b64_json").GetBytesFromBase64());
}
