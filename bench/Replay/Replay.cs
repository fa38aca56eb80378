using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Vitrine.Bench;

/// <summary>R13: the same request under the same Idempotency-Key again, beside the first time. Two hundred replays at each size must make no job, cost no credit and give the same bytes.</summary>
internal static class Replay
{
    private const int Replays = 200;

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: true, ct);
        await At(platform, finding, side: 1024, pictures: 4, keys: run.Choose(7, 3), Goal.Least(100), ct);
        await At(platform, finding, side: 64, pictures: 1, keys: run.Choose(20, 10), null, ct);
    }

    private static async Task At(BenchPlatform platform, Finding finding, int side, int pictures, int keys, Goal? goal, CancellationToken ct)
    {
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"prompt": "a red fox, sticker", "n": {{pictures}}, "size": "{{side}}x{{side}}", "seed": 7}""");
        async Task<(double Milliseconds, string Digest, int Length)> Ask(string key)
        {
            var clock = Stopwatch.StartNew();
            var bytes = await platform.Client.Post("v1/images/generations", body, ct, key);
            return (clock.Elapsed.TotalMilliseconds, Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
        }

        await Ask($"warm-{side}");
        await Ask($"warm-{side}");
        var (generated, replayed, ratios, length) = (new List<double>(), new List<double>(), new List<double>(), 0);
        for (var i = 0; i < keys; i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"bench-{side}-{i}");
            var first = await Ask(key);
            var before = await Usage(platform, ct);
            var again = new List<double>();
            for (var replay = i * Replays / keys; replay < (i + 1) * Replays / keys; replay++)
            {
                var answer = await Ask(key);
                if (answer.Digest != first.Digest)
                    throw new InvalidOperationException($"A replay of {key} gave other bytes than the first answer.");
                again.Add(answer.Milliseconds);
            }
            if (await Usage(platform, ct) is var after && after != before)
                throw new InvalidOperationException($"Replays of {key} changed the usage from {before} to {after}.");
            generated.Add(first.Milliseconds);
            replayed.AddRange(again);
            ratios.Add(first.Milliseconds / Summary.Quantile(again, 0.5));
            length = first.Length;
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"{pictures} x {side}x{side}");
        finding.Paired($"generating : replaying, {name}", "×", ratios, goal);
        finding.RawTimes($"generating, {name}", generated);
        finding.RawTimes($"replaying, {name}", replayed);
        finding.Raw($"body, {name}", length / 1e6, "MB");
        finding.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{replayed.Count} replays of {keys} requests of {name}: 0 further jobs, 0 further credits, every body the same to the byte."));
    }

    private static async Task<string> Usage(BenchPlatform platform, CancellationToken ct) => (await platform.Client.Get($"v1/projects/{platform.Local.Access.Project}/usage", ct)).GetRawText();
}
