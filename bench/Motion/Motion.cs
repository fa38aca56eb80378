using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Vitrine.Inference;
using Vitrine.Local;
using Vitrine.Media;

namespace Vitrine.Bench;

/// <summary>
/// Makes every kind of clip with the first model of the catalogue, measures flicker and time, and writes the sheet and the tables of docs/models/motion.md
/// anew. The clips stay in .local/bench/motion.
/// </summary>
internal static class Motion
{
    private const string Page = "docs/models/motion.md", Sheet = "docs/models/motion.png";

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        await VideoProgram.Ensure(Console.WriteLine, ct);
        await Measure(run.Repository.Root, finding, ct);
    }

    internal static async Task Measure(string root, Finding finding, CancellationToken ct)
    {
        var catalogue = ModelCatalogue.Load(Path.Combine(root, "models"));
        var card = catalogue.Models.First(model => model.Kind == ModelKind.TextToImage);
        await using var engine = new RenderingEngine(catalogue, new EngineOptions());
        await engine.Load(card.Name, ct);
        var start = (await engine.Render(new ImageRequest(card.Name, "two green trees on a light blue background", "", 11, card.Steps.Default, card.Guidance.Default, 256, 256), cancellation: ct)).Image;
        var cases = ClipCase.All(card, start);
        var marks = new ClipMarks();
        var clips = await Clips(root, engine, catalogue, cases, marks, finding, ct);
        await Replace(Path.Combine(root, Page), "marks", marks.ToString(), ct);
        var ways = await Ways(engine, catalogue, cases, finding, ct);
        await Replace(Path.Combine(root, Page), "clips", $"Model `{card.Name}` {card.Version}, 24 frames a second, 360 pixels the shorter side; {Environment.ProcessorCount} cores, load {Machine.LoadNow():0} at the end.\n\n{clips}", ct);
        await Replace(Path.Combine(root, Page), "ways", ways, ct);
    }

    private static async Task<string> Clips(string root, IRenderingEngine engine, ModelCatalogue catalogue, IReadOnlyList<ClipCase> cases, ClipMarks marks, Finding finding, CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, ".local", "bench", "motion")).FullName;
        var sheet = new ContactSheet();
        var table = new StringBuilder(
            "| clip | change, mean (worst) | flicker, mean (worst) | processor seconds for a second of clip, without ffmpeg | seconds, with it | MP4, kB |\n|---|---|---|---|---|---|\n");
        for (var row = 0; row < cases.Count; row++)
        {
            var (name, request) = cases[row];
            var file = Path.Combine(folder, string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')) + ".mp4");
            var frames = new List<ClipFrame>(request.Frames); // Measured afterwards, so that measuring costs the clip no time.
            var (watch, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            await new Mp4Encoder().Encode(Pixels(new ClipRenderer(engine, catalogue).Render(request, ct), frames, ct), request.Width, request.Height, ClipRequest.FrameRate, file, ct);
            var (seconds, work) = (watch.Elapsed / request.Seconds, (Environment.CpuUsage.TotalTime - processor) / request.Seconds);

            var meter = new FlickerMeter(request);
            for (var i = 0; i < frames.Count; i++)
            {
                meter.Add(frames[i]);
                if (ContactSheet.Shows(i, frames.Count))
                    sheet.Put(row, frames[i].Image);
            }
            var reading = meter.Reading;
            table.Append(Line(name, $"{reading.Change:0.00} ({reading.WorstChange:0.00})", $"{reading.Flicker:0.00} ({reading.WorstFlicker:0.00})",
                $"{work.TotalSeconds:0.0}", $"{seconds.TotalSeconds:0.0}", $"{new FileInfo(file).Length / 1000}"));
            finding.Raw($"{name}: flicker", reading.Flicker, "levels");
            finding.Raw($"{name}: processor time for a second", work.TotalSeconds, "s");
            await marks.Try(name, frames, folder, finding, ct);
        }
        await sheet.Write(Path.Combine(root, Sheet), ct);
        return table.ToString();
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pixels(IAsyncEnumerable<ClipFrame> clip, List<ClipFrame> kept, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var frame in clip.WithCancellation(ct))
        {
            kept.Add(frame);
            yield return frame.Image.Pixels;
        }
    }

    /// <summary>The same changing clips with the frames between keyframes made in different ways. Detail tells a blur that flicker does not.</summary>
    private static async Task<string> Ways(IRenderingEngine engine, ModelCatalogue catalogue, IReadOnlyList<ClipCase> cases, Finding finding, CancellationToken ct)
    {
        (string Name, InBetween Way, int Spacing)[] ways =
        [
            ("every frame denoised", InBetween.Latents, 1), ("latents, a keyframe every 4 frames", InBetween.Latents, 4), ("latents, every 8 (what is used)", InBetween.Latents, 8),
            ("latents, every 16", InBetween.Latents, 16), ("cross-fade, every 8", InBetween.CrossFade, 8), ("cross-fade, every 16", InBetween.CrossFade, 16),
        ];
        var table = new StringBuilder("| frames between keyframes | clip | change, mean (worst) | flicker, mean (worst) | detail |\n|---|---|---|---|---|\n");
        foreach (var (name, request) in cases.Where(each => each.Request is { Motion: ClipMotion.Hold or ClipMotion.Loop, StartPicture: null }))
        {
            var whole = 0.0;
            foreach (var (way, inBetween, spacing) in ways)
            {
                var small = request with { ShorterSide = 128 };
                var meter = new FlickerMeter(small);
                await foreach (var frame in new ClipRenderer(engine, catalogue, inBetween, spacing).Render(small, ct))
                    meter.Add(frame);
                var (reading, detail) = (meter.Reading, meter.Detail.Average());
                whole = spacing == 1 ? detail : whole;
                table.Append(Line(way, name, $"{reading.Change:0.00} ({reading.WorstChange:0.00})", $"{reading.Flicker:0.000} ({reading.WorstFlicker:0.00})", $"{100 * detail / whole:0} %"));
                finding.Raw($"{name}, {way}: flicker", reading.Flicker, "levels");
            }
        }
        return table.ToString();
    }

    private static string Line(params FormattableString[] cells) => "| " + string.Join(" | ", cells.Select(cell => cell.ToString(CultureInfo.InvariantCulture))) + " |\n";

    private static string Line(string first, params FormattableString[] cells) => Line([$"{first}", .. cells]);

    private static string Line(string first, string second, params FormattableString[] cells) => Line([$"{first}", $"{second}", .. cells]);

    /// <summary>Puts a text between the two comments of a name.</summary>
    private static async Task Replace(string page, string name, string text, CancellationToken ct)
    {
        var (begin, end) = ($"<!-- {name}: written by the bench -->\n", $"<!-- end of {name} -->");
        var old = await File.ReadAllTextAsync(page, ct);
        var (from, to) = (old.IndexOf(begin, StringComparison.Ordinal), old.IndexOf(end, StringComparison.Ordinal));
        if (from < 0 || to < from)
            throw new InvalidOperationException($"{page} has no place for {name}: it needs the two lines '{begin.TrimEnd()}' and '{end}'.");
        await File.WriteAllTextAsync(page, $"{old[..(from + begin.Length)]}\n{text}\n{old[to..]}", ct);
    }
}
