using System.Globalization;
using System.Text.Json;
using Vitrine.Inference;
using Vitrine.Media;

namespace Vitrine.Bench;

/// <summary>
/// R1: pictures a second through the whole platform beside the bare runtime, four at a time in a closed loop. The platform's share holds
/// authentication, policy, credits, two durable commits and the acceptance, PNG, signature, its verification, the flushed file and the answer. The bare runtime is also asked
/// to screen and mark what it made: that is work on pixels like the model's own, and what then remains is what the platform costs.
/// </summary>
internal static class EndToEnd
{
    private const int Concurrency = 4;
    private const string Prompt = "a red fox, sticker";

    /// <summary>Makes a picture of the real profile take a quarter of a second and more on the machines that this was tried on, with the same graphs.</summary>
    private const int RealSteps = 32;

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: true, ct);
        var catalogue = ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models"));
        var card = catalogue.Models.First(model => model.Kind == ModelKind.TextToImage);
        using var model = new BareModel(card, new EngineOptions());
        using var pixels = new PixelWork(catalogue);
        await Profile(run, finding, platform, card, model, pixels, "tiny", card.Steps.Default, Goal.Least(0.80), ct);
        await Profile(run, finding, platform, card, model, pixels, "real", RealSteps, Goal.Least(0.97), ct);
        finding.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{card.Name} {card.Version}, {card.NativeSize}x{card.NativeSize}, {card.Steps.Default} steps (tiny) and {RealSteps} (real); the load generator shares the cores and is not counted."));
    }

    private static async Task Profile(BenchRun run, Finding finding, BenchPlatform platform, ModelCard card, BareModel model, PixelWork pixels, string profile, int steps, Goal goal, CancellationToken ct)
    {
        var workers = Enumerable.Range(0, Concurrency).Select(_ => model.NewWorker(steps)).ToArray();
        try
        {
            await DemandSamePixels(platform, workers[0], card, steps, ct);
            var seed = steps * 1_000_000;
            Task Bare(int worker)
            {
                workers[worker].Render(Prompt, (ulong)Interlocked.Increment(ref seed));
                return Task.CompletedTask;
            }
            Task Finished(int worker)
            {
                pixels.ScreenAndMark(workers[worker].Render(Prompt, (ulong)Interlocked.Increment(ref seed)), card.NativeSize);
                return Task.CompletedTask;
            }
            Task Whole(int _) => platform.Client.Post("v1/images/generations", Body(card, steps, Interlocked.Increment(ref seed)), ct);

            var real = steps != card.Steps.Default;
            var (slice, rounds) = (run.Choose(TimeSpan.FromSeconds(real ? 5 : 2.5), TimeSpan.FromSeconds(real ? 3 : 1.5)), run.Choose(real ? 8 : 12, 4));
            // Long: the just-in-time compiler works on the hot paths of both processes for about that time, on the cores that are measured.
            if (!real) await ClosedLoop.For(run.Choose(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(10)), Concurrency, Whole, ct);
            await ClosedLoop.For(slice / 3, Concurrency, Finished, ct);

            var (bare, one, finished, whole) = (new List<(double Rate, double Cpu)>(), new List<(double Rate, double Cpu)>(), new List<(double Rate, double Cpu)>(), new List<(double Rate, double Cpu)>());
            var (latencies, parts) = (new List<double>(), new List<PlatformTime>());
            for (var round = 0; round < rounds; round++)
            {
                Func<Task>[] order =
                [
                    async () => bare.Add(await Slice(() => ClosedLoop.For(slice, Concurrency, Bare, ct), () => Environment.CpuUsage.TotalTime)),
                    async () => whole.Add(await Slice(async () =>
                    {
                        var before = platform.ProcessorTime();
                        var done = await ClosedLoop.For(slice, Concurrency, Whole, ct);
                        latencies.AddRange(done.Milliseconds);
                        parts.Add(platform.ProcessorTime() - before);
                        return done;
                    }, () => platform.ProcessorTime().Sum)),
                    async () => finished.Add(await Slice(() => ClosedLoop.For(slice, Concurrency, Finished, ct), () => Environment.CpuUsage.TotalTime)),
                    async () => one.Add(await Slice(() => ClosedLoop.For(slice, 1, Bare, ct), () => Environment.CpuUsage.TotalTime)),
                ];
                foreach (var act in round % 2 == 0 ? order : order.Reverse())
                    await act();
            }

            finding.Paired($"{profile}: pictures/s, platform : bare runtime, 4 threads", "×", [.. whole.Zip(bare, (w, b) => w.Rate / b.Rate)], goal);
            finding.Paired($"{profile}: pictures/s, platform : bare runtime, 1 thread as the engine has", "×", [.. whole.Zip(one, (w, b) => w.Rate / b.Rate)]);
            finding.Paired($"{profile}: pictures/s, platform : bare runtime that screens and marks too, 4 threads", "×", [.. whole.Zip(finished, (w, b) => w.Rate / b.Rate)]);
            finding.Paired($"{profile}: processor time of a picture beyond the bare runtime's (1 thread)", "ms", [.. whole.Zip(one, (w, b) => w.Cpu - b.Cpu)]);
            finding.Raw($"{profile}: platform", Summary.Quantile(whole.Select(each => each.Rate), 0.5), "pictures/s");
            finding.Raw($"{profile}: bare, 4 threads", Summary.Quantile(bare.Select(each => each.Rate), 0.5), "pictures/s");
            finding.Raw($"{profile}: bare, 1 thread", Summary.Quantile(one.Select(each => each.Rate), 0.5), "pictures/s");
            finding.Raw($"{profile}: platform, processor time of silo, gateway and PostgreSQL", Summary.Quantile(whole.Select(each => each.Cpu), 0.5), "ms/picture");
            foreach (var (name, part) in new (string, Func<PlatformTime, TimeSpan>)[] { ("silo", each => each.Silo), ("gateway", each => each.Gateway), ("PostgreSQL", each => each.Postgres) })
                finding.Raw($"{profile}: of these the {name}", parts.Sum(each => part(each).TotalMilliseconds) / latencies.Count, "ms/picture");
            finding.Raw($"{profile}: bare, 4 threads, processor time", Summary.Quantile(bare.Select(each => each.Cpu), 0.5), "ms/picture");
            finding.Raw($"{profile}: bare with screening and marking, processor time", Summary.Quantile(finished.Select(each => each.Cpu), 0.5), "ms/picture");
            finding.Raw($"{profile}: bare, 1 thread, processor time", Summary.Quantile(one.Select(each => each.Cpu), 0.5), "ms/picture");
            finding.RawTimes($"{profile}: request", latencies);
        }
        finally
        {
            foreach (var worker in workers)
                worker.Dispose();
        }
    }

    private static string Body(ModelCard card, int steps, long seed) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"prompt": "{{Prompt}}", "n": 1, "size": "{{card.NativeSize}}x{{card.NativeSize}}", "steps": {{steps}}, "seed": {{seed}}}""");

    private static async Task<(double Rate, double Cpu)> Slice(Func<Task<Slice>> slice, Func<TimeSpan> processorTime)
    {
        var before = processorTime();
        var done = await slice();
        return (done.PerSecond, (processorTime() - before).TotalMilliseconds / done.Milliseconds.Count);
    }

    /// <summary>The most that the watermark may change a channel of a pixel on average: it keeps 40 dB and more, which is a mean deviation below 2.6.</summary>
    private const double MostMeanDifference = 2.6;

    /// <summary>
    /// A comparison of two programs that make different pictures would say nothing. The platform's has a watermark and the bare one has none, so they are equal only within what the
    /// watermark may change; another picture, prompt or seed is further away by far.
    /// </summary>
    private static async Task DemandSamePixels(BenchPlatform platform, BareModel.Worker bare, ModelCard card, int steps, CancellationToken ct)
    {
        const int Seed = 7;
        var answer = JsonSerializer.Deserialize<JsonElement>(await platform.Client.Post("v1/images/generations", Body(card, steps, Seed), ct));
        var file = answer.GetProperty("data")[0].GetProperty("b64_json").GetBytesFromBase64();
        if (ImageDecoder.Decode(file) is not DecodeResult.Decoded { Image: var image } || MeanDifference(image.ToRgb(), bare.Render(Prompt, Seed)) > MostMeanDifference)
            throw new InvalidOperationException("The platform and the bare runtime made different pictures of the same prompt and seed, so their speeds cannot be compared.");
    }

    private static double MeanDifference(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length != other.Length) return double.PositiveInfinity;
        long sum = 0;
        for (var i = 0; i < one.Length; i++) sum += Math.Abs(one[i] - other[i]);
        return (double)sum / one.Length;
    }
}
