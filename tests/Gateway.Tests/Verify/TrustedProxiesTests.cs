using Vitrine.Gateway.Tests.Doubles;

namespace Vitrine.Gateway.Tests.Verify;

/// <summary>Behind a proxy each caller has a rate of their own, and nobody gets a fresh one by writing a header. The tests are the proxy: they connect from 127.0.0.1.</summary>
public sealed class TrustedProxiesTests
{
    private const int Looked = 415, TooOften = 429;

    [Fact]
    public async Task Callers_behind_a_trusted_proxy_have_rates_of_their_own()
    {
        await using var gateway = await Start("10.0.0.0/8, 127.0.0.1");

        Assert.Equal([Looked, Looked, TooOften], await Ask(gateway, "198.51.100.7", "198.51.100.8", "198.51.100.7"));
    }

    [Fact]
    public async Task What_a_caller_writes_before_the_proxy_adds_their_address_counts_for_nothing()
    {
        await using var gateway = await Start("127.0.0.0/8");

        Assert.Equal([Looked, TooOften, TooOften], await Ask(gateway, "198.51.100.7", "203.0.113.1, 198.51.100.7", "127.0.0.1, 203.0.113.2, 198.51.100.7"));
    }

    [Fact]
    public async Task Of_a_chain_of_trusted_proxies_the_caller_is_who_came_before_them_all()
    {
        await using var gateway = await Start("127.0.0.1,10.1.0.0/16");

        Assert.Equal([Looked, TooOften, Looked], await Ask(gateway, "198.51.100.7, 10.1.2.3", "198.51.100.7, 10.1.9.9", "198.51.100.7, 10.2.0.1"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10.0.0.0/8,192.0.2.1")]
    public async Task A_header_from_anybody_else_is_ignored(string? trusted)
    {
        await using var gateway = await Start(trusted);

        Assert.Equal([Looked, TooOften], await Ask(gateway, "198.51.100.7", "198.51.100.8"));
    }

    private static Task<RunningGateway> Start(string? trusted) =>
        VerifyGateway.Start(new World(), new() { ["Vitrine:VerificationsPerMinute"] = "1", ["Vitrine:TrustedProxies"] = trusted });

    private static async Task<List<int>> Ask(RunningGateway gateway, params string[] forwardedFor)
    {
        var answers = new List<int>();
        foreach (var each in forwardedFor)
        {
            using var client = new HttpClient { BaseAddress = gateway.Address };
            client.DefaultRequestHeaders.Add("X-Forwarded-For", each);
            using var answer = await client.PostAsync("/v1/verify", new ByteArrayContent([1]));
            answers.Add((int)answer.StatusCode);
        }
        return answers;
    }
}
