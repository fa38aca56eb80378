using System.Globalization;
using System.Text;
using Vitrine.Inference;
using Vitrine.Local;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Bench;

/// <summary>In how many frames of a clip its watermark is read: as the platform encodes it, and after others have compressed it again.</summary>
internal sealed class ClipMarks
{
    private const int Seed = 20_261_129;

    // As whoever publishes films compresses them: constant quality, the larger the number the less of it.
    private static readonly int[] Again = [23, 28, 33];

    private readonly Watermark watermark;
    private readonly WatermarkIds ids;
    private readonly StringBuilder table = new($"| clip | as it leaves | {string.Join(" | ", Again.Select(crf => $"again, CRF {crf.ToString(CultureInfo.InvariantCulture)}"))} |\n|---|---|{string.Concat(Again.Select(_ => "---|"))}\n");
    private int clips;

    public ClipMarks()
    {
        var secret = new byte[WatermarkKey.Length];
        new Random(Seed).NextBytes(secret);
        (watermark, ids) = (new Watermark(new WatermarkKey(secret)), new WatermarkIds(new WatermarkKey(secret)));
    }

    /// <summary>A row of Markdown for each clip that was measured.</summary>
    public override string ToString() => table.ToString();

    public async Task Try(string name, IReadOnlyList<ClipFrame> frames, string folder, Finding finding, CancellationToken ct)
    {
        var (id, first) = (ids.Of(++clips), frames[0].Image);
        var (file, info) = await new Mp4Encoder().Encode(Marked(frames, id), first.Width, first.Height, ClipRequest.FrameRate, ct);
        var (path, again) = (Path.Combine(folder, "marked.mp4"), Path.Combine(folder, "again.mp4"));
        await File.WriteAllBytesAsync(path, file, ct);
        var read = new List<(string What, double Share)> { ("as it leaves", await Read(file, info, id, ct)) };
        foreach (var crf in Again)
        {
            var run = await Command.Run("ffmpeg", ["-v", "error", "-nostdin", "-y", "-i", path, "-c:v", "libx264", "-preset", "medium", "-crf", crf.ToString(CultureInfo.InvariantCulture), "-movflags", "+faststart", again], ct);
            if (run.ExitCode != 0) throw new InvalidOperationException($"ffmpeg ended with {run.ExitCode}: {run.Everything}");
            read.Add(($"CRF {crf.ToString(CultureInfo.InvariantCulture)}", await Read(await File.ReadAllBytesAsync(again, ct), info, id, ct)));
        }
        table.Append(CultureInfo.InvariantCulture, $"| {name} |");
        foreach (var (what, share) in read)
        {
            table.Append(CultureInfo.InvariantCulture, $" {100 * share:0} % |");
            finding.Raw($"{name}: frames whose mark is read, {what}", 100 * share, "%");
        }
        table.Append('\n');
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> Marked(IReadOnlyList<ClipFrame> frames, WatermarkId id)
    {
        foreach (var frame in frames)
        {
            await Task.Yield();
            yield return watermark.Embed(frame.Image.Pixels, frame.Image.Width, frame.Image.Height, id);
        }
    }

    // Sixteen frames, evenly from the first to the last.
    private async Task<double> Read(byte[] file, VideoInfo info, WatermarkId id, CancellationToken ct)
    {
        var numbers = Enumerable.Range(0, Mp4Frames.Most).Select(i => i * (info.Frames - 1) / (Mp4Frames.Most - 1)).Distinct().ToList();
        var frames = await new Mp4Frames().Read(file, info, numbers, ct);
        return (double)frames.Count(frame => watermark.Detect(frame, info.Width, info.Height)?.Id == id) / frames.Count;
    }
}
