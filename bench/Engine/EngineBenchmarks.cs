using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Vitrine.Inference;

namespace Vitrine.Bench;

/// <summary>R2, R3 and CANCEL: the engine alone, without a platform around it.</summary>
internal static class EngineBenchmarks
{
    private static readonly int[] Steps = [1, 4, 8, 20], Rows = [1, 8];
    private static readonly string[] Inputs = ["hidden_states", "timestep", "encoder_hidden_states", "pooled_projections", "guidance", "step"];

    /// <summary>R2: one step of the shipped model's transformer, our binding beside the runtime's own binding for Node.js; one row and eight, one thread a call.</summary>
    public static async Task Runtime(BenchRun run, Finding finding, CancellationToken ct)
    {
        var card = Sticker(run);
        var options = new EngineOptions { Lanes = 1, Batch = 8, IntraOpThreads = 2 };
        using var graph = BoundGraph.Open(Path.Combine(card.Folder, "transformer", "model.onnx"), options,
            Inputs, 1);
        foreach (var rows in Rows)
        {
            for (var input = 0; input < Inputs.Length; input++)
                for (var row = 0; row < rows; row++)
                    graph.Input(input, row).Fill(0.5f);
            var inputs = Inputs.Select((name, i) => (name, "float32", (long[])[rows, .. graph.InputShape(i)]));
            using var peer = await NodeRuntime.Open(run.Repository.Root, Path.Combine(card.Folder, "transformer", "model.onnx"), 2, inputs, ct);
            var each = Math.Max(1, 24 / rows);
            TimeSpan Ours()
            {
                var started = Stopwatch.GetTimestamp();
                for (var i = 0; i < each; i++) graph.Run(rows);
                return Stopwatch.GetElapsedTime(started);
            }

            Ours();
            await peer.Run(each, ct);
            var (ratios, ours, theirs) = (new List<double>(), new List<double>(), new List<double>());
            for (var pair = 0; pair < run.Choose(30, 12); pair++)
            {
                var (a, b) = pair % 2 == 0 ? (Ours(), await peer.Run(each, ct)) : Swap(await peer.Run(each, ct), Ours());
                ratios.Add(b / a);
                ours.Add(a.TotalMilliseconds / each);
                theirs.Add(b.TotalMilliseconds / each);
            }
            finding.Paired($"steps/s of {rows} rows, ours : onnxruntime-node", "×", ratios, Goal.Least(1.0));
            finding.RawTimes($"step of {rows} rows, ours", ours);
            finding.RawTimes($"step of {rows} rows, onnxruntime-node", theirs);
        }
        finding.Notes.Add("The shipped transformer (int8), two threads a call, sequential, no spinning; onnxruntime-node 1.30.0, ours the version in Directory.Packages.props.");
    }

    /// <summary>R3: eight closed-loop callers with mixed steps beside one, and what eight rows bring at most by hand.</summary>
    public static async Task Batching(BenchRun run, Finding finding, CancellationToken ct)
    {
        var shipped = ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models"));
        var folder = Path.Combine(run.Repository.Root, ".local", "bench", "models");
        var made = ShapeModels.Write(folder);
        foreach (var (name, catalogue) in (IEnumerable<(string, ModelCatalogue)>)[("vitrine-sticker", shipped), .. made.Models.Select(model => (model.Name, made))])
        {
            var options = new EngineOptions { Lanes = 1 };
            await using var engine = new RenderingEngine(catalogue, options);
            await engine.Load(name, ct);
            catalogue.TryGet(name, out var card);
            using var model = TextToImageModel.Open(card!, options with { Batch = 8 }, new BatchCalibration(options));
            var seed = 0L;
            async Task<double> Rate(int callers)
            {
                var before = engine.Statistics;
                var slice = await ClosedLoop.For(run.Choose(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)), callers, async worker =>
                {
                    var number = Interlocked.Increment(ref seed);
                    await engine.Render(new ImageRequest(name, "a b", "", (ulong)number, Steps[(int)(number % Steps.Length)], card!.Guidance.Default, card.NativeSize, card.NativeSize), cancellation: ct);
                }, ct);
                return (engine.Statistics.PictureSteps - before.PictureSteps) / slice.Elapsed.TotalSeconds;
            }

            double ByHand(int rows)
            {
                var (started, runs) = (Stopwatch.GetTimestamp(), 0);
                for (; Stopwatch.GetElapsedTime(started).TotalSeconds < 0.5; runs++) model.Predict(rows);
                return runs * rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
            }

            ByHand(1);
            ByHand(8);
            await Rate(8);
            var (shares, gains, oracles) = (new List<double>(), new List<double>(), new List<double>());
            for (var pair = 0; pair < run.Choose(10, 4); pair++)
            {
                var (alone, eight) = pair % 2 == 0 ? (await Rate(1), await Rate(8)) : Swap(await Rate(8), await Rate(1));
                var (one, batch) = pair % 2 == 0 ? (ByHand(1), ByHand(8)) : Swap(ByHand(8), ByHand(1));
                gains.Add(eight / alone);
                oracles.Add(batch / one);
                shares.Add(eight / alone / (batch / one));
            }
            var measured = engine.Statistics;
            finding.Paired($"{name}: gain of batching steps : gain by hand at eight rows", "×", shares, Goal.Least(0.90));
            finding.Raw($"{name}: gain of batching steps", Summary.Quantile(gains, 0.5), "×");
            finding.Raw($"{name}: gain by hand", Summary.Quantile(oracles, 0.5), "×");
            finding.Raw($"{name}: batch found at load", engine.Slots - 1, "rows");
            finding.Raw($"{name}: pictures a run, on average", measured.MeanBatch, "");
        }
        finding.Notes.Add("Picture-steps a second of one lane; steps of 1, 4, 8 and 20 mixed. The gain by hand is of the transformer alone; the engine also encodes texts and decodes pictures.");
    }

    /// <summary>CANCEL: from the cancellation of a picture in the middle of its steps until the device is free of it.</summary>
    public static async Task Cancelling(BenchRun run, Finding finding, CancellationToken ct)
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var card = Sticker(run);
        await using var engine = new RenderingEngine(ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models")), new EngineOptions { Lanes = 1 });
        await engine.Load(card.Name, ct);
        var request = new ImageRequest(card.Name, "a red fox, sticker", "", 1, 50, card.Guidance.Default, card.NativeSize, card.NativeSize);
        await engine.Render(request, cancellation: ct);
        var (late, beyond) = (new List<double>(), new List<double>());
        for (var i = 0; i < run.Choose(60, 20); i++)
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var before = engine.Statistics;
            var at = random.Next(5, 40);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var picture = engine.Render(request with { Seed = (ulong)i }, progress => { if (progress.Step >= at) reached.TrySetResult(); }, cancel.Token);
            await reached.Task.WaitAsync(ct);
            var step = (engine.Statistics.StepTime - before.StepTime) / Math.Max(1, engine.Statistics.StepsRun - before.StepsRun);
            var started = Stopwatch.GetTimestamp();
            await cancel.CancelAsync();
            while (engine.Statistics.InFlight > 0)
                await Task.Yield();
            var took = Stopwatch.GetElapsedTime(started);
            late.Add(took.TotalMilliseconds);
            beyond.Add((took - step).TotalMilliseconds);
            await picture.ContinueWith(static _ => { }, ct, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        finding.Paired("from cancelling to a free device, beyond one step", "ms", beyond, Goal.Most(50));
        finding.RawTimes("from cancelling to a free device", late);
    }

    private static ModelCard Sticker(BenchRun run) => ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models")).Models.First(model => model.Kind == ModelKind.TextToImage);

    private static (T, T) Swap<T>(T second, T first) => (first, second);
}
