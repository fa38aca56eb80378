using Microsoft.ML.OnnxRuntime;
using Vitrine.Inference;

namespace Vitrine.Bench;

/// <summary>
/// M2 and M3: one enlargement and one screening on two threads, as often as it takes. An enlargement is the one run that the engine makes for 128 pixels: a
/// tile with its repeated edge. There is no peer to compare with, so these are times, and worth something on a quiet machine only.
/// </summary>
internal static class PixelModels
{
    private const int Side = 128, RepeatedEdge = 8;

    public static Task Enlarging(BenchRun run, Finding finding, CancellationToken ct)
    {
        var seen = Side + 2 * RepeatedEdge;
        var input = Noise(3 * seen * seen);
        foreach (var card in Models(run).Where(model => model.Kind == ModelKind.Upscaler))
        {
            using var session = InferenceSessions.Open(Path.Combine(card.Folder, "model.onnx"), new EngineOptions { IntraOpThreads = 2 });
            using var options = new RunOptions();
            using var value = OrtValue.CreateTensorValueFromMemory(input, [1, 3, seen, seen]);
            var times = Times(run.Choose(15, 5), () => session.Run(options, [session.InputNames[0]], [value], [session.OutputNames[0]]).Dispose(), ct);
            finding.Paired($"{card.Name}, {Side} to {card.Factor * Side} pixels", "ms", times, Goal.Most(2000));
        }
        return Task.CompletedTask;
    }

    public static Task Screening(BenchRun run, Finding finding, CancellationToken ct)
    {
        using var classifier = ImageClassifier.Open(ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models")));
        foreach (var side in new[] { Side, 1024 })
        {
            var picture = new RgbImage(side, side, [.. Noise(3 * side * side).Select(value => (byte)value)]);
            finding.Paired($"{classifier.Card.Name}, resize from {side} pixels included, one thread", "ms", Times(run.Choose(60, 20), () => classifier.Classify(picture), ct), Goal.Most(30));
        }
        return Task.CompletedTask;
    }

    private static IReadOnlyList<ModelCard> Models(BenchRun run) => ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models")).Models;

    private static float[] Noise(int length)
    {
        const int Seed = 128;
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, length).Select(_ => (float)random.Next(256))];
    }

    private static List<double> Times(int count, Action act, CancellationToken ct)
    {
        act();
        var times = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            ct.ThrowIfCancellationRequested();
            var started = TimeProvider.System.GetTimestamp();
            act();
            times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }
        return times;
    }
}
