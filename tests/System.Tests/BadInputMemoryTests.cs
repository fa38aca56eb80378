using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using Vitrine.Local;
using Xunit.Abstractions;

namespace Vitrine.System.Tests;

/// <summary>Bad input again and again: no 5xx, nothing recorded, and neither process grows by what strangers and tenants invent.</summary>
[Collection(SystemCollection.Name)]
public sealed class BadInputMemoryTests(SystemFixture system, ITestOutputHelper output)
{
    private static readonly TimeSpan Warming = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Repeating = TimeSpan.FromSeconds(6);

    /// <summary>Callers at once.</summary>
    private const int Callers = 8;

    /// <summary>Far above what a garbage collector lets lie, far below what thousands of requests would leave if each left a grain.</summary>
    private const long MaxGrowth = 48L << 20;

    /// <summary>Grains of the whole silo that may be there more than before: what one request is about is gone with it.</summary>
    private const int MaxMoreGrains = 300;

    [Fact]
    public async Task Bad_input_of_every_class_records_nothing_and_leaves_nothing_in_memory()
    {
        var brand = await system.NewTenant();
        using var known = system.Client(brand.ApiKey);
        using var stranger = new HttpClient { BaseAddress = system.Gateway };
        await Repeat(known, stranger, Warming);
        var (events, silo, gateway, grains) = (await Events(brand.Id), Resident(system.Platform.Silo!), Resident(system.Platform.GatewayProcess!), await Grains());

        var asked = await Repeat(known, stranger, Repeating);

        Assert.Equal(events, await Events(brand.Id));
        Assert.True(asked >= 1000, $"Only {asked} requests were made.");
        var (siloGrew, gatewayGrew, more) = (Resident(system.Platform.Silo!) - silo, Resident(system.Platform.GatewayProcess!) - gateway, await Grains() - grains);
        var grown = string.Create(CultureInfo.InvariantCulture, $"After {asked} requests the silo has {siloGrew >> 10} KiB and {more} grains more, the gateway {gatewayGrew >> 10} KiB.");
        output.WriteLine(grown);
        Assert.True(siloGrew < MaxGrowth && gatewayGrew < MaxGrowth && more < MaxMoreGrains, grown);
    }

    private static async Task<int> Repeat(HttpClient known, HttpClient stranger, TimeSpan time)
    {
        var (asked, started) = (0, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var i = caller; Stopwatch.GetElapsedTime(started) < time; i++)
            {
                var (client, request) = Bad(i, known, stranger);
                using (request)
                {
                    using var answer = await client.SendAsync(request);
                    Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{request.Method} {request.RequestUri!.ToString()[..Math.Min(80, request.RequestUri.ToString().Length)]} was answered with {(int)answer.StatusCode}.");
                    Assert.True(answer.Headers.Contains("x-request-id"));
                }
                Interlocked.Increment(ref asked);
            }
        }));
        return asked;
    }

    // One of each class in turn: keys, ids, headers, bodies. What can be invented is a new invention each time.
    private static (HttpClient, HttpRequestMessage) Bad(int turn, HttpClient known, HttpClient stranger)
    {
        var invented = "x" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        return (turn % 12) switch
        {
            0 => (stranger, Get("/v1/jobs", ("Authorization", $"Bearer vk-{invented}-{invented}-{new string('A', 43)}"))),
            1 => (stranger, Get("/v1/models", ("Authorization", $"Bearer vk-{invented}-key-{new string('B', 43)}"))),
            2 => (stranger, Get("/v1/jobs", ("Authorization", $"Basic {invented}"))),
            3 => (known, Get($"/v1/projects/{invented}/usage")),
            4 => (known, Get($"/v1/jobs/{invented}%27")),
            5 => (known, Get($"/v1/assets/asset_{invented}")),
            6 => (known, Get("/v1/jobs", ("X-Big", new string('h', 40_000)))),
            7 => (known, Get("/v1/jobs?" + new string('q', 9_000))),
            8 => (known, Post("/v1/jobs", "{\"prompt\":\"a cat\"}", ("Idempotency-Key", new string('k', 256)))),
            9 => (known, Post("/v1/jobs", "{\"prompt\":\"a cat\",\"n\":0}")),
            10 => (known, Post("/v1/images/generations", "{\"prompt\":\"" + new string('a', 32_001) + "\"}")),
            _ => (known, Post("/v1/images/generations", new string('[', 10_000))),
        };
    }

    private static HttpRequestMessage Get(string path, params (string Name, string Value)[] headers) => With(new(HttpMethod.Get, path), headers);

    private static HttpRequestMessage Post(string path, string body, params (string Name, string Value)[] headers) =>
        With(new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") }, headers);

    private static HttpRequestMessage With(HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static long Resident(ChildProcess process)
    {
        using var seen = Process.GetProcessById(process.Id);
        return seen.WorkingSet64;
    }

    /// <summary>Grains that are active in the silo, by its own metrics.</summary>
    private async Task<long> Grains()
    {
        using var metrics = new HttpClient();
        var told = Regex.Matches(await metrics.GetStringAsync(system.Platform.SiloMetrics + "/metrics"), @"^orleans_catalog_activations(\{[^}]*\})? (?<count>\S+)", RegexOptions.Multiline);
        Assert.NotEmpty(told);
        return (long)told.Sum(line => double.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture));
    }

    private async Task<(long Tenants, long Prompts)> Events(string tenant)
    {
        await using var database = NpgsqlDataSource.Create(system.Platform.Database);
        await using var command = database.CreateCommand("select count(*) filter (where tenant_id = $1), count(*) filter (where type like 'job.prompt%') from vitrine.mt_events");
        command.Parameters.AddWithValue(tenant);
        await using var rows = await command.ExecuteReaderAsync();
        await rows.ReadAsync();
        return (rows.GetInt64(0), rows.GetInt64(1));
    }
}
