using System.Diagnostics;
using System.Text.Json;

namespace Vitrine.Bench;

/// <summary>R11: kill -9 in the middle of a rendering, start again, and wait for a new picture and for the end of the interrupted job; beside a start with nothing to do.</summary>
internal static class Recovery
{
    // Long enough to be killed in the middle, and half a batch of the engine, so that the new picture need not wait for rows to become free: that
    // would measure the batch, not the recovery.
    private const string LongJob = """{"prompt": "a red fox, sticker", "n": 4, "size": "64x64", "seed": 7, "steps": 50}""";
    private const string Picture = """{"prompt": "a red fox, sticker", "n": 1, "size": "64x64"}""";
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(25);

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: true, ct);
        var (plain, ready, first, resumed, undisturbed) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < run.Choose(5, 2); round++)
        {
            Func<Task>[] order =
            [
                async () =>
                {
                    undisturbed.Add(await Timed(async () => await Ended(platform, await Submit(platform, ct), ct)));
                    await platform.Local.Silo!.Terminate(TimeSpan.FromSeconds(30));
                    plain.Add(await Timed(() => platform.Local.StartSilo(ct)));
                    await NewPicture(platform, ct);
                },
                async () =>
                {
                    var job = await Submit(platform, ct);
                    await HalfWay(platform, job, ct);
                    await platform.Local.KillSilo();
                    var times = await Task.WhenAll(
                        Timed(() => platform.Local.StartSilo(ct)), Timed(() => NewPicture(platform, ct)), Timed(() => Ended(platform, job, ct)));
                    ready.Add(times[0]);
                    first.Add(times[1]);
                    resumed.Add(times[2]);
                },
            ];
            foreach (var act in round % 2 == 0 ? order : order.Reverse())
                await act();
        }

        finding.Paired("restart to the first new picture : plain start to ready", "×", [.. first.Zip(plain, (a, b) => a / b)], Goal.Most(2));
        finding.Paired("restart to the end of the killed job : plain start to ready", "×", [.. resumed.Zip(plain, (a, b) => a / b)], Goal.Most(2));
        finding.Paired("restart to ready : plain start to ready", "×", [.. ready.Zip(plain, (a, b) => a / b)]);
        foreach (var (name, seconds) in new[] { ("plain start to ready", plain), ("restart to ready", ready), ("restart to the first new picture", first), ("restart to the end of the killed job", resumed), ("the same job undisturbed", undisturbed) })
            finding.Raw(name, Summary.Quantile(seconds, 0.5), "s");
        finding.Notes.Add("The interrupted job begins again from its first step; the new picture shares the device with it.");
    }

    private static async Task<double> Timed(Func<Task> act)
    {
        var clock = Stopwatch.StartNew();
        await act();
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<string> Submit(BenchPlatform platform, CancellationToken ct) =>
        JsonSerializer.Deserialize<JsonElement>(await platform.Client.Post("v1/jobs", LongJob, ct)).GetProperty("id").GetString()!;

    private static async Task HalfWay(BenchPlatform platform, string job, CancellationToken ct)
    {
        using var events = new StreamReader(await platform.Client.Events($"v1/jobs/{job}/events", ct));
        while (await events.ReadLineAsync(ct) is { } line)
            if (line.StartsWith("data:", StringComparison.Ordinal) && JsonSerializer.Deserialize<JsonElement>(line[5..]) is var data
                && data.TryGetProperty("step", out var step) && data.TryGetProperty("steps", out var steps) && 2 * step.GetInt32() >= steps.GetInt32())
                return;
        throw new InvalidOperationException($"Job {job} ended before it could be killed half way.");
    }

    private static Task NewPicture(BenchPlatform platform, CancellationToken ct) => Until(async () =>
    {
        await platform.Client.Post("v1/images/generations", Picture, ct);
        return true;
    }, ct);

    private static Task Ended(BenchPlatform platform, string job, CancellationToken ct) => Until(async () => (await platform.Client.Get($"v1/jobs/{job}", ct)).GetProperty("state").GetString() switch
    {
        "succeeded" => true,
        "failed" or "canceled" => throw new InvalidDataException($"Job {job} did not survive."),
        _ => false,
    }, ct);

    /// <summary>Asks until it is so; that nobody answers, or with 503, is what is being waited for to end.</summary>
    private static async Task Until(Func<Task<bool>> so, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                if (await so())
                    return;
            }
            catch (Exception down) when (down is InvalidOperationException or HttpRequestException)
            {
            }
            await Task.Delay(AskAgain, ct);
        }
    }
}
