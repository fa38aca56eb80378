using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vitrine.Bench;

/// <summary>
/// R5: POST /v1/jobs without any rendering. The silo has no device, so a job is authenticated, screened, paid for and recorded, and then
/// waits; the jobs of a slice are called off before the next one, so that the queue is as short for the last slice as for the first, and the platform comes to rest.
/// </summary>
internal static partial class Acceptance
{
    private const string Body = """{"prompt": "a red fox, sticker", "n": 1, "size": "64x64", "seed": 7}""";
    private const int DeepQueue = 1000;

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: false, ct);
        var length = (await platform.Client.Post("v1/jobs", Body, ct)).Length;
        var (process, bare) = await BareEndpoint.Start(platform.Local.Logs, length, ct);
        await using var _ = process;
        using var __ = bare;

        var accepted = new List<string>();
        async Task Accept(int _)
        {
            var job = JsonSerializer.Deserialize<JsonElement>(await platform.Client.Post("v1/jobs", Body, ct)).GetProperty("id").GetString()!;
            lock (accepted)
                accepted.Add(job);
        }
        Task Floor(int _) => bare.Post("v1/jobs", Body, ct);
        var used = new List<PlatformTime>();
        async Task<Slice> AcceptAndCallOff(int acts, int workers)
        {
            var before = platform.ProcessorTime();
            var slice = await ClosedLoop.Times(acts, workers, Accept, ct);
            used.Add(platform.ProcessorTime() - before);
            await CallOff(platform, accepted, ct);
            await platform.Settle(ct);
            return slice;
        }

        // Long: the just-in-time compiler works on the hot paths of both processes for about half a minute, on the cores that are measured.
        for (var warm = 0; warm < run.Choose(16, 6); warm++)
        {
            await ClosedLoop.Times(1000, 16, Accept, ct);
            await CallOff(platform, accepted, ct);
        }
        await platform.Settle(ct);
        await ClosedLoop.Times(2000, 16, Floor, ct);
        foreach (var (workers, acts, rounds) in new[] { (1, 100, run.Choose(15, 6)), (16, 400, run.Choose(15, 6)) })
        {
            var (ours, floor) = (new List<Slice>(), new List<Slice>());
            used.Clear();
            var before = await Journal.Read(platform, ct);
            for (var round = 0; round < rounds; round++)
            {
                if (round % 2 == 0)
                    floor.Add(await ClosedLoop.Times(acts, workers, Floor, ct));
                ours.Add(await AcceptAndCallOff(acts, workers));
                if (round % 2 == 1)
                    floor.Add(await ClosedLoop.Times(acts, workers, Floor, ct));
            }
            var journal = await Journal.Read(platform, ct) - before;
            var name = string.Create(CultureInfo.InvariantCulture, $"{workers} at a time");
            finding.Paired($"p50 added to a bare endpoint, {name}", "ms", [.. ours.Zip(floor, (o, f) => o.P50 - f.P50)], Goal.Most(2));
            finding.RawTimes($"accepted, {name}", [.. ours.SelectMany(slice => slice.Milliseconds)]);
            finding.RawTimes($"bare endpoint, {name}", [.. floor.SelectMany(slice => slice.Milliseconds)]);
            finding.Raw($"accepted, {name}", Summary.Quantile(ours.Select(slice => slice.PerSecond), 0.5), "jobs/s");
            foreach (var (part, time) in new (string, Func<PlatformTime, TimeSpan>)[] { ("silo", each => each.Silo), ("gateway", each => each.Gateway), ("PostgreSQL", each => each.Postgres) })
                finding.Raw($"processor time of the {part}, {name}", used.Sum(each => time(each).TotalMilliseconds) / (acts * rounds), "ms/job");
            finding.Raw($"one shared transaction, {name} (acceptances and cancellations)", journal.Milliseconds / journal.Commits, "ms");
            finding.Raw($"commits that shared it, {name}", journal.Shared / journal.Commits, "");
        }

        await ClosedLoop.Times(DeepQueue, 16, Accept, ct);
        finding.RawTimes($"accepted while {DeepQueue} jobs wait, 1 at a time", (await ClosedLoop.Times(100, 1, Accept, ct)).Milliseconds.ToList());
        await CallOff(platform, accepted, ct);
    }

    private static async Task CallOff(BenchPlatform platform, List<string> jobs, CancellationToken ct)
    {
        var next = -1;
        await ClosedLoop.Times(jobs.Count, 16, _ => platform.Client.Delete($"v1/jobs/{jobs[Interlocked.Increment(ref next)]}", ct), ct);
        jobs.Clear();
    }

    /// <summary>Sums of the silo's histograms of the event journal, as Prometheus reads them.</summary>
    private sealed partial record Journal(double Commits, double Milliseconds, double Shared)
    {
        public static Journal operator -(Journal a, Journal b) => new(a.Commits - b.Commits, a.Milliseconds - b.Milliseconds, a.Shared - b.Shared);

        public static async Task<Journal> Read(BenchPlatform platform, CancellationToken ct)
        {
            using var silo = new BenchClient(platform.Local.SiloMetrics);
            var sums = Sums().Matches(await silo.GetText("metrics", ct)).ToDictionary(sum => sum.Groups[1].Value, sum => double.Parse(sum.Groups[2].Value, CultureInfo.InvariantCulture));
            return new(sums["duration_milliseconds_count"], sums["duration_milliseconds_sum"], sums.First(sum => sum.Key.StartsWith("shared", StringComparison.Ordinal) && sum.Key.EndsWith("sum", StringComparison.Ordinal)).Value);
        }

        [GeneratedRegex(@"^vitrine_journal_commit_([a-z_]+(?:sum|count))(?:\{[^}]*\})? ([0-9.eE+-]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
        private static partial Regex Sums();
    }
}
