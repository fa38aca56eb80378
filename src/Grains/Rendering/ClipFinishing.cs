using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;
using Vitrine.Policies;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// The last steps of every clip, in the order of <see cref="Finishing"/>: each frame is screened (some of them, see <see cref="ScreenedEvery"/>), marked and labelled on its way into the encoder, so that at most one
/// is held; the file then goes through <see cref="OutputSealing"/>.
/// </summary>
public sealed class ClipFinishing(OutputGate gate, OutputSealing sealing, WatermarkKey watermarkKey, WatermarkNumbers numbers)
{
    /// <summary>
    /// Every so many frames one is screened, and the last: four a second. Neighbours differ by a few levels (docs/models/motion.md), so what a classifier sees in one it sees in the next.
    /// </summary>
    public const int ScreenedEvery = 6;

    private readonly Watermark watermark = new(watermarkKey);
    private readonly WatermarkIds ids = new(watermarkKey);
    private readonly Mp4Encoder encoder = new();
    private readonly Mp4Frames reader = new();

    /// <param name="frames">In order, as they are asked for.</param>
    /// <param name="told">Called with the number of frames that are done.</param>
    /// <exception cref="VideoEncoderMissingException">This silo lacks the program that encodes clips.</exception>
    /// <exception cref="VideoEncodingException">It failed.</exception>
    /// <exception cref="RenderFailedException">Nobody could judge a frame, so the clip must not leave.</exception>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="CredentialInvalidException">Our own check refuses it.</exception>
    public async Task<FinishedOutput> Finish(
        RenderOrder order, int clip, ClipRequest request, IAsyncEnumerable<ClipFrame> frames, StartPicture? start, RenderSite site, Action<int> told, CancellationToken cancellation)
    {
        using var activity = RenderTelemetry.Source.StartActivity("finish clip");
        var started = Stopwatch.GetTimestamp();
        var statement = sealing.State(order, clip, start, MediaKind.Video);
        var label = OutputLabels.Place(statement.Labels.VisibleLabel, request.Width, request.Height);
        var mark = ids.Of(await numbers.Of(order.Job.Tenant, statement.Asset, cancellation));
        using var line = new Line(gate, watermark, mark, label, told);
        byte[] file;
        VideoInfo info;
        try
        {
            (file, info) = await encoder.Encode(line.Through(frames, request.Frames, cancellation), request.Width, request.Height, ClipRequest.FrameRate, cancellation);
        }
        catch (FrameBlockedException blocked)
        {
            return new FinishedOutput.Blocked(new BlockedOutput(clip, blocked.Frame.Screening), blocked.Frame.BlockedBecause!);
        }
        var seen = await reader.Read(file, info, [0, info.Frames / 2, info.Frames - 1], cancellation);
        var read = IsReadBack(seen, info, mark);
        if (!read) RenderTelemetry.MarkLost();
        var stored = await sealing.Seal(order, statement, file, read ? mark : null, label, cancellation);
        RenderTelemetry.Filmed(info.Frames, Stopwatch.GetElapsedTime(started));
        return new FinishedOutput.Stored(OutputSealing.Record(order, statement, stored, new OutputFacts(
            clip, (long)request.Seed, line.PixelSha256, "video/mp4", info.Width, info.Height, line.Screening!, read ? mark : null, Pdq.Read(seen[0], info.Width, info.Height), label, site, info.Frames)));
    }

    /// <summary>SHA-256 over the pixels of all frames as the model made them, one after the other: what a replay compares.</summary>
    public static async Task<string> PixelDigest(IAsyncEnumerable<ClipFrame> frames, CancellationToken cancellation)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var frame in frames.WithCancellation(cancellation)) digest.AppendData(frame.Image.Pixels);
        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    // A declared mark must be there for whoever looks, so most of the frames looked at have to tell it. One that compression took away stays in the pixels and is not declared.
    private bool IsReadBack(IReadOnlyList<byte[]> frames, VideoInfo info, WatermarkId mark) =>
        2 * frames.Count(frame => watermark.Detect(frame, info.Width, info.Height)?.Id == mark) > frames.Count;

    /// <summary>One clip on its way into the encoder.</summary>
    private sealed class Line(OutputGate gate, Watermark watermark, WatermarkId mark, DrawnLabel? label, Action<int> told) : IDisposable
    {
        private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        /// <summary>What was seen in any of the frames: the highest of each score, every rule.</summary>
        public OutputScreening? Screening { get; private set; }

        /// <summary>Of the frames as the model made them; when all are through.</summary>
        public string PixelSha256 { get; private set; } = "";

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> Through(IAsyncEnumerable<ClipFrame> frames, int count, [EnumeratorCancellation] CancellationToken cancellation)
        {
            var done = 0;
            await foreach (var frame in frames.WithCancellation(cancellation))
            {
                var image = frame.Image;
                if (done % ScreenedEvery == 0 || done == count - 1) Screen(image);
                digest.AppendData(image.Pixels);
                yield return OutputLabels.Draw(watermark.Embed(image.Pixels, image.Width, image.Height, mark), image.Width, image.Height, label);
                told(++done);
            }
            PixelSha256 = Convert.ToHexStringLower(digest.GetHashAndReset());
        }

        public void Dispose() => digest.Dispose();

        private void Screen(RgbImage frame)
        {
            var gated = gate.Judge(frame);
            if (gated.BlockedBecause is not null) throw new FrameBlockedException(gated);
            Screening = Screening is not { } before ? gated.Screening : gated.Screening with
            {
                Rules = [.. before.Rules.Union(gated.Screening.Rules)],
                Scores = [.. before.Scores.Concat(gated.Screening.Scores).GroupBy(score => score.Label).Select(scores => scores.MaxBy(score => score.Score))],
            };
        }
    }

    /// <summary>Ends the encoding of a clip with a frame that must not leave.</summary>
    private sealed class FrameBlockedException(GatedPicture frame) : Exception("The output policy forbids a frame.")
    {
        public GatedPicture Frame => frame;
    }
}
