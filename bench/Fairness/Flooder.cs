using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Vitrine.Bench;

/// <summary>
/// R4: a tenant that asks for a picture every second, alone and beside one that keeps sixty-four requests open; ten equal tenants that ask unequally; and
/// three of weights 1, 2 and 4. All through the public API of the running platform.
/// </summary>
internal static class Flooder
{
    private const int Flood = 64;
    private static readonly int[] Weights = [1, 2, 4];

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: true, ct);
        using var admin = Client(platform, platform.Local.Access.AdminKey);
        using var neighbour = await Tenant(platform, admin, null, ct);
        using var flooder = await Tenant(platform, admin, null, ct);
        var seed = 0;
        async Task<double> Picture(HttpClient client)
        {
            var started = Stopwatch.GetTimestamp();
            using var answer = await client.PostAsJsonAsync("v1/images/generations", new { prompt = "a red fox, sticker", n = 1, seed = Interlocked.Increment(ref seed) }, ct);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync(ct);
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        async Task<List<double>> EverySecond(int times)
        {
            using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
            var open = new List<Task<double>>();
            for (var i = 0; i < times; i++)
            {
                open.Add(Picture(neighbour));
                await second.WaitForNextTickAsync(ct);
            }
            return [.. await Task.WhenAll(open)];
        }

        await ClosedLoop.For(run.Choose(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(8)), 4, _ => Picture(flooder), ct);
        var (alone, beside) = (new List<double>(), new List<double>());
        for (var round = 0; round < run.Choose(3, 2); round++)
        {
            alone.AddRange(await EverySecond(run.Choose(20, 10)));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var flood = ClosedLoop.For(TimeSpan.FromHours(1), Flood, async _ =>
            {
                if (!stop.IsCancellationRequested) await Picture(flooder);
                else throw new OperationCanceledException(stop.Token);
            }, ct);
            await EverySecond(3);
            beside.AddRange(await EverySecond(run.Choose(20, 10)));
            await stop.CancelAsync();
            await ((Task)flood).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finding.Paired("99th percentile of a request beside a flooder of 64 : alone", "×", [Summary.Quantile(beside, 0.99) / Summary.Quantile(alone, 0.99)], Goal.Most(1.25));
        finding.Paired("median of a request beside a flooder of 64 : alone", "×", [Summary.Quantile(beside, 0.5) / Summary.Quantile(alone, 0.5)]);
        finding.RawTimes("request alone", alone);
        finding.RawTimes("request beside the flooder", beside);

        await Shares(platform, admin, [.. Enumerable.Range(0, 10).Select(i => (Weight: 1, Open: 2 + 2 * i))], run, Picture, served =>
        {
            var pictures = served.Select(each => (double)each).ToList();
            finding.Paired("Jain's index of ten equal tenants with 2 to 20 requests open", "", [Math.Pow(pictures.Sum(), 2) / (pictures.Count * pictures.Sum(each => each * each))], Goal.Least(0.99));
        }, ct);
        await Shares(platform, admin, [(1, 16), (2, 16), (4, 16)], run, Picture, served =>
        {
            var all = (double)served.Sum();
            finding.Paired("largest error of the shares of weights 1 : 2 : 4", "%", [100 * Weights.Zip(served, (weight, each) => Math.Abs(each / all / (weight / 7.0) - 1)).Max()], Goal.Most(2));
        }, ct);
        finding.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{alone.Count} requests alone, {beside.Count} beside; the load generator, the gateway and PostgreSQL share the cores with the device."));
    }

    private static async Task Shares(
        BenchPlatform platform, HttpClient admin, (int Weight, int Open)[] tenants, BenchRun run, Func<HttpClient, Task<double>> picture, Action<IReadOnlyList<int>> tell, CancellationToken ct)
    {
        var clients = new List<HttpClient>();
        foreach (var (weight, _) in tenants) clients.Add(await Tenant(platform, admin, weight, ct));
        var served = new int[clients.Count];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var counting = false;
        var loops = clients.SelectMany((client, i) => Enumerable.Range(0, tenants[i].Open).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                await picture(client);
                if (Volatile.Read(ref counting)) Interlocked.Increment(ref served[i]);
            }
        })).ToList();
        await Task.Delay(TimeSpan.FromSeconds(3), ct); // Until everybody has work waiting.
        Volatile.Write(ref counting, true);
        await Task.Delay(run.Choose(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(15)), ct);
        Volatile.Write(ref counting, false);
        tell([.. served]);
        await stop.CancelAsync();
        await Task.WhenAll(loops);
        clients.ForEach(client => client.Dispose());
    }

    private static async Task<HttpClient> Tenant(BenchPlatform platform, HttpClient admin, int? weight, CancellationToken ct)
    {
        var id = "r4-" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6));
        async Task<JsonElement> Ask(HttpMethod method, string path, object body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
            using var answer = await admin.SendAsync(request, ct);
            answer.EnsureSuccessStatusCode();
            return await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
        }

        await Ask(HttpMethod.Post, "v1/admin/tenants", new { id, name = id });
        await Ask(HttpMethod.Post, $"v1/admin/tenants/{id}/projects", new { id = "p", name = "p" });
        if (weight is not null)
            await Ask(HttpMethod.Put, $"v1/admin/tenants/{id}/limits", new { weight });
        var key = await Ask(HttpMethod.Post, $"v1/admin/tenants/{id}/keys", new { project = "p", scopes = (string[])["generate", "read"] });
        return Client(platform, key.GetProperty("key").GetString()!);
    }

    private static HttpClient Client(BenchPlatform platform, string key)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 512 }) { BaseAddress = new Uri(platform.Local.Gateway + "/"), Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
