using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Vitrine.Bench;

/// <summary>
/// OVERLOAD: eight callers that keep the device busy, alone and beside a storm of new jobs against a platform that takes on no more than sixteen waiting ones. How fast the storm is
/// refused, and how many pictures a second are finished meanwhile.
/// </summary>
internal static class Overload
{
    private const int Callers = 8, MostWaiting = 16, StormPerSecond = 100;
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(100);

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: true, ct, MostWaiting);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri(platform.Local.Gateway + "/"), Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", platform.Local.Access.ApiKey);
        var seed = 0;
        async Task<(HttpStatusCode Status, double Milliseconds)> Post(string path, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            var started = Stopwatch.GetTimestamp();
            using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content, ct);
            await answer.Content.ReadAsByteArrayAsync(ct);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is null) throw new InvalidOperationException("A refusal says nothing of when to ask again.");
            return (answer.StatusCode, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        string Body() => string.Create(CultureInfo.InvariantCulture, $$"""{"prompt":"a red fox, sticker","n":1,"seed":{{Interlocked.Increment(ref seed)}}}""");
        async Task Picture()
        {
            if ((await Post("v1/images/generations", Body())).Status != HttpStatusCode.OK) await Task.Delay(PauseAfterRefusal, ct);
        }

        async Task<double> PicturesPerSecond(TimeSpan slice)
        {
            var (before, clock) = (await Images(platform, ct), Stopwatch.StartNew());
            await ClosedLoop.For(slice, Callers, _ => Picture(), ct);
            return (await Images(platform, ct) - before) / clock.Elapsed.TotalSeconds;
        }

        await PicturesPerSecond(run.Choose(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(15)));
        var slice = run.Choose(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(8));
        var (kept, refusals, accepted, alone) = (new List<double>(), new List<double>(), 0, new List<double>());
        for (var pair = 0; pair < run.Choose(6, 3); pair++)
        {
            alone.Add(await PicturesPerSecond(slice));
            using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var storm = Storm(Post, Body, over.Token);
            var beside = await PicturesPerSecond(slice);
            await over.CancelAsync();
            kept.Add(beside / alone[^1]);
            foreach (var (status, milliseconds) in await storm)
                if (status == HttpStatusCode.ServiceUnavailable) refusals.Add(milliseconds);
                else accepted++;
            // What the storm got in is finished before the next pair.
            while ((await platform.Client.Get("v1/jobs?state=queued&limit=1", ct)).GetProperty("data").GetArrayLength() > 0) await Task.Delay(PauseAfterRefusal, ct);
        }
        finding.Paired("pictures/s under a storm of new jobs : without", "×", kept, Goal.Least(0.95));
        finding.Paired("99th percentile of a refusal", "ms", [Summary.Quantile(refusals, 0.99)], Goal.Most(20));
        finding.RawTimes("refusal", refusals);
        finding.Raw("pictures/s without a storm", Summary.Quantile(alone, 0.5), "1/s");
        finding.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{StormPerSecond} new jobs a second: {refusals.Count} refused with 503 and Retry-After, {accepted} accepted and counted when finished. The storm's client shares the cores."));
    }

    private static async Task<IReadOnlyList<(HttpStatusCode Status, double Milliseconds)>> Storm(
        Func<string, string, Task<(HttpStatusCode, double)>> post, Func<string> body, CancellationToken until)
    {
        var sent = new List<Task<(HttpStatusCode, double)>>();
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / StormPerSecond));
        try
        {
            while (await beat.WaitForNextTickAsync(until)) sent.Add(post("v1/jobs", body()));
        }
        catch (OperationCanceledException)
        {
            // The slice is over.
        }
        return await Task.WhenAll(sent);
    }

    private static async Task<long> Images(BenchPlatform platform, CancellationToken ct) =>
        (await platform.Client.Get($"v1/projects/{platform.Local.Access.Project}/usage", ct)).GetProperty("images").GetInt64();
}
