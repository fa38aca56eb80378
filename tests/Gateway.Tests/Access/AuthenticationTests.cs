using System.Net.Sockets;
using System.Text;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Access;

[Collection(nameof(GatewayFixture))]
public class AuthenticationTests(GatewayFixture fixture)
{
    [Fact]
    public async Task Every_key_that_does_not_work_gets_the_same_answer()
    {
        var good = fixture.World["acme"].Issue(Scopes.Read);
        var swapped = good.ToCharArray();
        (swapped[^1], swapped[^2]) = (swapped[^2] == 'a' ? 'b' : 'a', 'c');
        string?[] headers =
        [
            null, "", "Bearer", "Bearer ", $"Basic {good}", good, $"Bearer {good[..^1]}", $"Bearer {good}x", $"Bearer {new string(swapped)}", $"Bearer {good.ToUpperInvariant()}",
            $"Bearer vk-nobody-{good.Split('-', 3)[2]}", $"Bearer vk-rival-{good.Split('-', 3)[2]}", $"Bearer {new string('x', 10_000)}", $"Bearer {good}, Bearer {good}",
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.",
        ];
        var answers = new HashSet<string>();
        foreach (var header in headers)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/v1/jobs");
            if (header is not null) request.Headers.TryAddWithoutValidation("Authorization", header);
            using var response = await fixture.Client().SendAsync(request);
            answers.Add($"{(int)response.StatusCode} {response.Headers.WwwAuthenticate} {await response.Content.ReadAsStringAsync()}");
        }
        Assert.StartsWith("401 Bearer {", Assert.Single(answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_authorization_headers_are_a_bad_request()
    {
        var key = fixture.World["acme"].Issue(Scopes.Read);
        Assert.StartsWith("HTTP/1.1 400 ", await Raw($"GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_the_query_opens_nothing()
    {
        using var response = await fixture.Client().GetAsync("/v1/jobs?api_key=" + fixture.World["acme"].Issue(Scopes.Read));
        Assert.Equal(401, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_revoked_key_stops_working_within_a_second()
    {
        var acme = fixture.World["acme"];
        var key = acme.Issue(Scopes.Read);
        var client = fixture.Client(key);
        Assert.Equal(200, (int)(await client.GetAsync("/v1/jobs")).StatusCode);

        using var revoked = await fixture.Client(acme.Issue(Scopes.Admin)).DeleteAsync("/v1/admin/tenants/acme/keys/" + key.Split('-')[2]);
        Assert.Equal(200, (int)revoked.StatusCode);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, (int)(await client.GetAsync("/v1/jobs")).StatusCode);
    }

    [Fact]
    public async Task A_key_in_use_is_asked_about_again_beside_its_callers_of_whom_none_waits_for_a_busy_cluster()
    {
        var brand = fixture.World["busy"];
        var key = brand.Issue(Scopes.Read);
        using var client = fixture.Client(key);
        async Task<int> Get() => (int)(await client.GetAsync("/v1/jobs").WaitAsync(TimeSpan.FromSeconds(20))).StatusCode;
        Assert.Equal(200, await Get());
        var asked = brand.Authentications;

        fixture.Time.Advance(AuthenticatedKeys.AskAgainAfter);
        brand.AuthenticationsWait = new(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 5; i++) Assert.Equal(200, await Get());
        await Eventually(() => Task.FromResult(brand.Authentications == asked + 1));

        // What was answered meanwhile counts from now on, and nobody has to wait until the older answer has run out.
        brand.Keys.Clear();
        brand.AuthenticationsWait.SetResult();
        await Eventually(async () => await Get() == 401);
        Assert.Equal(asked + 1, brand.Authentications);
    }

    [Fact]
    public async Task A_new_key_works_within_half_a_second_of_having_been_tried_too_early()
    {
        var acme = fixture.World["acme"];
        var key = ApiKey.New(acme.Id);
        var client = fixture.Client(key.Reveal());
        Assert.Equal(401, (int)(await client.GetAsync("/v1/jobs")).StatusCode);
        acme.Add(new(key.Key, key.Digest, Scopes.Read, null, null, null, null));
        fixture.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(200, (int)(await client.GetAsync("/v1/jobs")).StatusCode);
    }

    [Fact]
    public async Task The_headers_of_a_request_are_bounded()
    {
        Assert.StartsWith("HTTP/1.1 431 ", await Raw($"GET /v1/jobs HTTP/1.1\r\nHost: x\r\nX-Big: {new string('x', 200_000)}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await Raw($"GET /v1/jobs HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-{i}: 1\r\n"))}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414 ", await Raw($"GET /v1/{new string('x', 64_000)} HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/jobs", "\"code\":\"headers_too_large\"", "application/problem+json")]
    [InlineData("/v1/images/generations", "\"error\":{\"message\":", "application/json")]
    public async Task A_head_that_is_too_large_is_refused_in_the_dialect_of_the_path(string path, string body, string mediaType)
    {
        foreach (var headers in new[] { $"X-Big: {new string('x', 200_000)}\r\n", string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-{i}: 1\r\n")), $"X-Big: {new string('x', 33_000)}\r\n" })
        {
            var answer = await Raw($"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
            Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
            Assert.Contains(body, answer, StringComparison.Ordinal);
            Assert.Contains($"Content-Type: {mediaType}", answer, StringComparison.Ordinal);
            Assert.Contains("x-request-id: req_", answer, StringComparison.Ordinal);
        }
        var longer = await Raw($"GET {path}/{new string('x', 64_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 414 ", longer, StringComparison.Ordinal);
        Assert.Contains("uri_too_long", longer, StringComparison.Ordinal);
        Assert.Contains("x-request-id: req_", longer, StringComparison.Ordinal);
        // Within the bounds nothing changes.
        Assert.StartsWith("HTTP/1.1 401 ", await Raw($"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\nX-Big: {new string('x', 30_000)}\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_second_request_is_smuggled_in()
    {
        var answer = await Raw("POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(1, answer.Split("HTTP/1.1 ").Length - 1);
        Assert.StartsWith("HTTP/1.1 400 ", await Raw("GET /health HTTP/1.1\r\nHost: x\r\n folded: x\r\n\r\n"), StringComparison.Ordinal);
    }

    private static async Task Eventually(Func<Task<bool>> isTrue)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await isTrue())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<string> Raw(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(fixture.Address.Host, fixture.Address.Port);
        var stream = socket.GetStream();
        var answer = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request));
            using var reader = new StreamReader(stream, Encoding.UTF8);
            answer.Append(await reader.ReadToEndAsync());
        }
        catch (IOException)
        {
            // The server closes while we still send what it refuses.
        }
        return answer.ToString();
    }
}
