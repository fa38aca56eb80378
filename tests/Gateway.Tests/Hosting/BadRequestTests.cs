using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Hosting;

/// <summary>Inputs of docs that no honest client sends, over HTTP: each has one clear answer with a request id, and never a 5xx.</summary>
[Collection(nameof(GatewayFixture))]
public class BadRequestTests(GatewayFixture fixture)
{
    private HttpClient Client() => fixture.Client(fixture.World["acme"].Issue(Scopes.Generate | Scopes.Read, "spring"));

    [Fact]
    public async Task A_body_of_fifty_megabytes_is_refused_before_it_is_read()
    {
        var content = new Letters(50_000_000) { Headers = { ContentType = new("application/json"), ContentLength = 50_000_000 } };
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = content };
        // Otherwise the client may fail while it still sends what nobody reads.
        request.Headers.ExpectContinue = true;
        using var response = await Client().SendAsync(request);
        await Expect(response, 413, "payload_too_large");
        Assert.True(response.Headers.ConnectionClose);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_read_up_to_its_limit()
    {
        var content = new Letters(3_000_000);
        content.Headers.ContentType = new("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = content };
        request.Headers.TransferEncodingChunked = true;
        using var response = await Client().SendAsync(request);
        await Expect(response, 413, "payload_too_large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("")]
    public async Task A_body_that_is_not_declared_as_json_is_refused(string type)
    {
        var content = new ByteArrayContent("{\"prompt\":\"x\"}"u8.ToArray());
        if (type.Length > 0) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var response = await Client().PostAsync("/v1/jobs", content);
        await Expect(response, 415, "unsupported_media_type");
    }

    [Fact]
    public async Task A_declared_charset_of_utf8_is_honest()
    {
        using var response = await Client().PostAsync("/v1/jobs", new StringContent("""{"prompt":"x"}""", Encoding.UTF8, "application/json"));
        Assert.Equal(202, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("", "invalid_json")]
    [InlineData("{", "invalid_json")]
    [InlineData("[]", "invalid_json")]
    [InlineData("""{"prompt":"\ud800"}""", "invalid_json")]
    public async Task A_body_that_is_no_json_object_is_refused(string body, string code)
    {
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json(body));
        await Expect(response, 400, code);
    }

    [Fact]
    public async Task A_nul_in_a_prompt_is_a_fault_of_the_field()
    {
        using var response = await Client().PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a\u0000b"}"""));
        await Expect(response, 422, "validation_failed");
    }

    [Fact]
    public async Task Only_json_is_offered()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/jobs");
        request.Headers.Accept.ParseAdd("application/xml");
        using var response = await Client().SendAsync(request);
        await Expect(response, 406, "not_acceptable");
    }

    [Theory]
    [InlineData("TRACE", "/v1/jobs")]
    [InlineData("PROPFIND", "/v1/jobs")]
    [InlineData("PATCH", "/v1/jobs")]
    [InlineData("POST", "/health")]
    public async Task A_method_that_the_path_does_not_know_is_named_with_those_it_knows(string method, string path)
    {
        using var response = await Client().SendAsync(new(new(method), path));
        await Expect(response, 405, "method_not_allowed");
        Assert.Contains("GET", response.Content.Headers.Allow);
    }

    [Fact]
    public async Task An_overriding_method_is_ignored()
    {
        var client = Client();
        var id = (await GatewayFixture.Body(await client.PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"x"}""")))).GetProperty("id").GetString();
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{id}");
        request.Headers.Add("X-HTTP-Method-Override", "DELETE");
        Assert.Equal("queued", (await GatewayFixture.Body(await client.SendAsync(request))).GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/jobs/")]
    [InlineData("/v1//jobs")]
    [InlineData("/v1/jobs//")]
    [InlineData("/v1/jobs/%2e%2e/admin")]
    [InlineData("/v1/jobs/0")]
    [InlineData("/v1/jobs/-1")]
    [InlineData("/v1/jobs/%27")]
    [InlineData("/v1/jobs/%F0%9F%A6%8A")]
    [InlineData("/v1/jobs/JOB_0000000000000000000000000A")]
    [InlineData("/v1/assets/asset_..%2f..%2fetc%2fpasswd")]
    [InlineData("/v1/sessions/..%2f..")]
    public async Task A_path_that_leads_nowhere_is_not_found(string path)
    {
        using var response = await Client().GetAsync(path);
        await Expect(response, 404, "not_found");
    }

    [Fact]
    public async Task An_id_of_five_kilobytes_is_not_found()
    {
        using var response = await Client().GetAsync("/v1/jobs/" + new string('x', 5000));
        await Expect(response, 404, "not_found");
    }

    [Fact]
    public async Task The_log_has_one_line_for_a_request_and_neither_prompt_nor_query_nor_secret_in_it()
    {
        var key = fixture.World["acme"].Issue(Scopes.Generate | Scopes.Read, "spring");
        using var submitted = await fixture.Client(key).PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a very private fox\r\n{0} ${jndi:ldap}"}"""));
        using var listed = await fixture.Client(key).GetAsync("/v1/jobs?session=private-thread");
        var id = Assert.Single(submitted.Headers.GetValues("x-request-id"));
        var job = (await GatewayFixture.Body(submitted)).GetProperty("id").GetString()!;
        var line = Assert.Single(fixture.Log.All, line => line.Contains(id, StringComparison.Ordinal));
        Assert.Contains("POST /v1/jobs 202", line, StringComparison.Ordinal);
        Assert.Contains("tenant acme", line, StringComparison.Ordinal);
        Assert.Contains(job, line, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Log.All, line => line.Contains("private fox", StringComparison.Ordinal) || line.Contains("private-thread", StringComparison.Ordinal) || line.Contains(key[^43..], StringComparison.Ordinal));
    }

    private static async Task Expect(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode && text.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal), $"{(int)response.StatusCode} {text}");
        Assert.Single(response.Headers.GetValues("x-request-id"));
    }

    /// <summary>So many letters, made as they are sent, so that no test holds what the gateway must not hold either.</summary>
    private sealed class Letters(long count) : HttpContent
    {
        private static readonly byte[] Some = [.. Enumerable.Repeat((byte)'x', 16 * 1024)];

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var left = count; left > 0; left -= Some.Length) await stream.WriteAsync(Some.AsMemory(0, (int)Math.Min(left, Some.Length)));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
