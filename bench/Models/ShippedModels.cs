using System.Globalization;
using Vitrine.Inference;

namespace Vitrine.Bench;

/// <summary>
/// M1: what ships, as a silo has it: all models of the catalogue in memory, four pictures at once with their decoding, one encoding of a text. There is no peer, so these are times and sizes, and worth something on a
/// quiet machine only.
/// </summary>
internal static class ShippedModels
{
    private const int Pictures = 4;
    private const string Prompt = "a red fox, sticker";

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var catalogue = ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models"));
        var card = catalogue.Models.First(model => model.Kind == ModelKind.TextToImage);
        GC.Collect();
        var (before, started) = (ResidentMiB(), TimeProvider.System.GetTimestamp());
        await using var engine = new RenderingEngine(catalogue, new EngineOptions());
        await engine.Load(card.Name, ct);
        using var classifier = ImageClassifier.Open(catalogue);
        finding.Paired("the text-to-image model, its upscalers and the classifier, read, checked, calibrated", "s", [TimeProvider.System.GetElapsedTime(started).TotalSeconds], Goal.Most(3));

        ImageRequest Request(int picture, int round) => new(card.Name, Prompt, "", (ulong)(Pictures * round + picture), card.Steps.Default, card.Guidance.Default, card.NativeSize, card.NativeSize);
        var times = new List<double>();
        for (var round = 0; round <= run.Choose(15, 5); round++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Pictures).Select(picture => engine.Render(Request(picture, round), cancellation: ct)));
            if (round > 0) times.Add(TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        }
        finding.Paired(string.Create(CultureInfo.InvariantCulture, $"{Pictures} pictures of {card.NativeSize} x {card.NativeSize} at once, text and decoding included"), "s", times, Goal.Most(2));
        finding.Paired("resident memory that all of it takes, pictures made", "MiB", [ResidentMiB() - before], Goal.Most(600));

        using var bare = new BareModel(card, new EngineOptions());
        using var worker = bare.NewWorker();
        var texts = new List<double>();
        for (var i = 0; i <= run.Choose(100, 30); i++)
        {
            ct.ThrowIfCancellationRequested();
            var start = TimeProvider.System.GetTimestamp();
            worker.EncodeText(Prompt);
            if (i > 0) texts.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        finding.Paired("one text, tokenised and encoded, one thread", "ms", texts, Goal.Most(5));
        finding.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{card.Name} {card.Version}, {card.Steps.Default} steps."));
    }

    private static double ResidentMiB() => File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)) is var line
        ? double.Parse(new string([.. line.Where(char.IsAsciiDigit)]), CultureInfo.InvariantCulture) / 1024 : 0;
}
