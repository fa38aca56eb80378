using System.Globalization;
using System.Text;
using Vitrine.Inference;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Bench;

/// <summary>
/// What the watermark of docs/watermark.md survives: pictures of the first model of the catalogue in three sizes, and <see cref="Photographs"/>, each taken through every attack.
/// Writes the tables of that page anew. Every size has a share of time: at least so many pictures are measured, more as time allows. Everything else is chosen by fixed seeds.
/// </summary>
internal static class Watermarks
{
    private const string Page = "docs/watermark.md";
    private const int Seed = 20_261_129;

    // Many at the native size, where a watermark has least room: 200 of them even if that takes longer than the time for a kind and size of pictures.
    private static readonly (int Side, int Least, int Most)[] Sizes = [(128, 200, 240), (512, 8, 60), (1024, 4, 40)];
    private static readonly TimeSpan TimeForAKind = TimeSpan.FromSeconds(25), QuickTimeForAKind = TimeSpan.FromSeconds(10);

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var secret = new byte[WatermarkKey.Length];
        new Random(Seed).NextBytes(secret);
        var (watermark, ids) = (new Watermark(new WatermarkKey(secret)), new WatermarkIds(new WatermarkKey(secret)));
        var catalogue = ModelCatalogue.Load(Path.Combine(run.Repository.Root, "models"));
        await using var engine = new RenderingEngine(catalogue, new EngineOptions());
        var card = catalogue.Models.First(model => model.Kind == ModelKind.TextToImage);
        var prompts = await Prompts(run.Repository.Root, ct);
        // In no order of packages, since there may be no time for all.
        var photographs = (await Photographs.Files(Path.Combine(run.Repository.Root, ".local", "photographs"), ct)).ToArray();
        new Random(Seed).Shuffle(photographs);
        var classes = new List<WatermarkClass>();
        foreach (var (side, least, most) in Sizes)
        {
            var made = new WatermarkClass($"generated, {side} x {side}", Seed + side);
            for (var i = 0; i < most && More(made, run.Choose(least, 4), run); i++)
            {
                var image = (await engine.Render(new ImageRequest(card.Name, prompts[i % prompts.Count], "", (ulong)(Seed + i), card.Steps.Default, card.Guidance.Default, side, side), cancellation: ct)).Image;
                made.Try(watermark, ids.Of(i), new Pixels(image.Width, image.Height, image.Pixels));
            }
            classes.Add(made);
            Tell(made, finding);
            var taken = new WatermarkClass($"photographs, {side} x {side}", Seed + side + 1);
            for (var i = 0; i < photographs.Length && More(taken, run.Choose(8, 4), run); i++)
            {
                ct.ThrowIfCancellationRequested();
                if (Photographs.Square(photographs[i], side) is { } pixels)
                    taken.Try(watermark, ids.Of(1_000_000 + i), pixels);
            }
            if (taken.Pictures == 0)
                continue;
            classes.Add(taken);
            Tell(taken, finding);
        }
        Times(watermark, ids, finding, run.Choose(60, 15), ct);
        if (run.Choose(true, false))
            await Write(run.Repository.Root, classes, finding, photographs.Length, ct);
    }

    private static bool More(WatermarkClass measured, int least, BenchRun run)
    {
        if (measured.Pictures % 10 == 0)
            Console.WriteLine($"  {measured.Name}: {measured.Pictures} pictures");
        return measured.Pictures < least || measured.Taken < run.Choose(TimeForAKind, QuickTimeForAKind);
    }

    private static void Tell(WatermarkClass measured, Finding finding)
    {
        foreach (var attack in Attack.All)
            finding.Raw($"{measured.Name}: {attack.Name}", 100 * measured.Recovered(attack), "% recovered");
        finding.Raw($"{measured.Name}: least PSNR", measured.LeastFidelity, "dB");
        if (measured.Misread > 0)
            finding.Notes.Add($"{measured.Name}: {measured.Misread} marked pictures were read as another id.");
    }

    private static void Times(Watermark watermark, WatermarkIds ids, Finding finding, int times, CancellationToken ct)
    {
        var picture = WatermarkClass.Plain(1024, Seed);
        var marked = picture with { Rgb = watermark.Embed(picture.Rgb, picture.Width, picture.Height, ids.Of(1)) };
        finding.Paired("embedding at 1024 x 1024, one thread", "ms", Each(times, () => watermark.Embed(picture.Rgb, picture.Width, picture.Height, ids.Of(1)), ct), Goal.Most(40));
        finding.Paired("detecting at 1024 x 1024, one thread", "ms", Each(times, () => watermark.Detect(marked.Rgb, marked.Width, marked.Height), ct), Goal.Most(80));
        finding.Paired("finding nothing at 1024 x 1024, all scales tried", "ms", Each(times / 3, () => watermark.Detect(picture.Rgb, picture.Width, picture.Height), ct));
    }

    private static List<double> Each(int times, Action act, CancellationToken ct)
    {
        act();
        var milliseconds = new List<double>(times);
        for (var i = 0; i < times; i++)
        {
            ct.ThrowIfCancellationRequested();
            var started = TimeProvider.System.GetTimestamp();
            act();
            milliseconds.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }
        return milliseconds;
    }

    private static async Task Write(string root, List<WatermarkClass> classes, Finding finding, int photographs, CancellationToken ct)
    {
        var table = new StringBuilder("| attack | asked |");
        classes.ForEach(each => table.Append(CultureInfo.InvariantCulture, $" {each.Name} ({each.Pictures}) |"));
        table.Append("\n|---|---|").AppendJoin("", classes.Select(_ => "---|")).Append('\n');
        foreach (var attack in Attack.All)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {attack.Name} | {(attack.Asked is { } asked ? $"{asked:0.#} %" : "–")} |");
            foreach (var each in classes)
                table.Append(attack.Asked is { } goal && 100 * each.Recovered(attack) < goal
                    ? string.Create(CultureInfo.InvariantCulture, $" **{100 * each.Recovered(attack):0.0} %** |") : string.Create(CultureInfo.InvariantCulture, $" {100 * each.Recovered(attack):0.0} % |"));
            table.Append('\n');
        }
        table.Append("| PSNR, least (median) | 40 dB |");
        classes.ForEach(each => table.Append(CultureInfo.InvariantCulture, $" {each.LeastFidelity:0.0} ({each.MedianFidelity:0.0}) dB |"));
        table.Append("\n| the unmarked originals read as marked | ≤ 1e-6 |");
        classes.ForEach(each => table.Append(CultureInfo.InvariantCulture, $" {each.FalseFinds} of {each.Negatives} |"));
        table.Append("\n| marked pictures read as another id | – |");
        classes.ForEach(each => table.Append(CultureInfo.InvariantCulture, $" {each.Misread} of {each.Pictures * Attack.All.Count} |"));
        table.Append("\n| change of luma in plain blocks of 8 x 8, root mean square: median (95 of 100) | – |");
        classes.ForEach(each => table.Append(CultureInfo.InvariantCulture, $" {each.PlainChange(0.5):0.0} ({each.PlainChange(0.95):0.0}) levels |"));
        var negatives = Negatives(classes);
        var speed = string.Join("\n", finding.Measures.Select(measure => string.Create(CultureInfo.InvariantCulture, $"| {measure.Name} | {Finding.Text(measure.Summary.Median)} ms | {measure.Goal?.ToString() ?? "–"} |")));
        var text = string.Create(CultureInfo.InvariantCulture,
            $"In bold what falls short. {Environment.ProcessorCount} cores, {(photographs == 0 ? "without photographs" : $"{photographs} photographs of the Debian packages {string.Join(", ", Photographs.Packages)}, cut square")}; seed {Seed}.\n\n{table}\n\n{negatives}\n\n| time | median | asked |\n|---|---|---|\n{speed}\n");
        var path = Path.Combine(root, Page);
        await File.WriteAllTextAsync(path, Replaced(await File.ReadAllTextAsync(path, ct), "figures", text), ct);
    }

    private static string Negatives(List<WatermarkClass> classes)
    {
        var (count, found) = (classes.Sum(each => each.Negatives), classes.Sum(each => each.FalseFinds));
        return string.Create(CultureInfo.InvariantCulture,
            $"**Unmarked pictures**: {found} of {count} were read as marked, every one of them searched at all scales. That alone shows a rate below {3.0 / count:0.0e0} with 95 % confidence; the bound of 3e-21 follows from the key, whatever the picture (see above).");
    }

    // Between two comments that name the part.
    private static string Replaced(string page, string part, string text)
    {
        var (begin, end) = ($"<!-- {part}: written by the bench -->", $"<!-- end of {part} -->");
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal), page.IndexOf(end, StringComparison.Ordinal));
        return from < 0 || to < from ? throw new InvalidOperationException($"{Page} has no part '{part}'.") : page[..(from + begin.Length)] + "\n" + text + page[to..];
    }

    private static async Task<IReadOnlyList<string>> Prompts(string root, CancellationToken ct)
    {
        string[] styles = ["3d style", "flat", "cartoon", "sticker", "pixel art"];
        string[] grounds = ["", "", " on a white background", " on a blue background", " on a yellow background", " on a black background", " on a pink background"];
        var nouns = (await File.ReadAllLinesAsync(Path.Combine(root, "training", "vocabulary.tsv"), ct)).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')[1].Split(',')[0]).ToList();
        return [.. Enumerable.Range(0, nouns.Count * 2).Select(i => $"a {nouns[i * 7 % nouns.Count]}, {styles[i % styles.Length]}{grounds[i % grounds.Length]}")];
    }
}
