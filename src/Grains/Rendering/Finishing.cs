using System.Diagnostics;
using System.Security.Cryptography;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;
using Vitrine.Policies;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>What came of a picture or a clip.</summary>
public abstract record FinishedOutput
{
    private FinishedOutput()
    {
    }

    /// <summary>Stored, signed and verified.</summary>
    public sealed record Stored(AssetView Asset) : FinishedOutput;

    /// <summary>The output policy forbids it; nothing of it was kept.</summary>
    public sealed record Blocked(BlockedOutput Output, string Sentence) : FinishedOutput;
}

/// <summary>
/// The last steps of every picture, always in this order: output screening, watermark, visible label, encode, and then what <see cref="OutputSealing"/> does. Before it no byte leaves the renderer.
/// </summary>
public sealed class Finishing(OutputGate gate, OutputSealing sealing, WatermarkKey watermarkKey, WatermarkNumbers numbers)
{
    private readonly Watermark watermark = new(watermarkKey);
    private readonly WatermarkIds ids = new(watermarkKey);

    /// <exception cref="RenderFailedException">Nobody could judge the picture, so it must not leave.</exception>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="CredentialInvalidException">Our own check refuses it.</exception>
    public async Task<FinishedOutput> Finish(RenderOrder order, int image, RenderedImage rendered, StartPicture? start, RenderSite site, CancellationToken cancellation)
    {
        using var activity = RenderTelemetry.Source.StartActivity("finish picture");
        var started = Stopwatch.GetTimestamp();
        var (job, pixels) = (order.View, rendered.Image);
        var format = (ImageFormat)(int)job.Format;

        var gated = gate.Judge(pixels);
        if (gated.BlockedBecause is { } sentence)
            return new FinishedOutput.Blocked(new BlockedOutput(image, gated.Screening), sentence);
        var statement = sealing.State(order, image, start, MediaKind.Image);
        var label = OutputLabels.Place(statement.Labels.VisibleLabel, pixels.Width, pixels.Height);
        var encoded = Encode(pixels, await MarkFor(order.Job.Tenant, statement.Asset, pixels, cancellation), label, format, job.Quality);
        var stored = await sealing.Seal(order, statement, encoded.File, encoded.Mark, label, cancellation);
        RenderTelemetry.Finished(Stopwatch.GetElapsedTime(started));
        return new FinishedOutput.Stored(Record(order, image, (long)rendered.Seed, pixels, statement, gated, encoded, label, stored, site));
    }

    /// <summary>
    /// The same for a rendition. It carries its parent's watermark, where that comes through; a second one would only weaken both. A label that is due is drawn anew, over the parent's where there is one.
    /// </summary>
    /// <exception cref="RenderFailedException">Nobody could judge the picture, so it must not leave.</exception>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="CredentialInvalidException">Our own check refuses it.</exception>
    public async Task<FinishedOutput> FinishRendition(RenderOrder order, Rendition rendition, StartPicture parent, RenderSite site, CancellationToken cancellation)
    {
        using var activity = RenderTelemetry.Source.StartActivity("finish rendition");
        var (job, pixels) = (order.View, rendition.Pixels);
        var gated = gate.Judge(pixels);
        if (gated.BlockedBecause is { } sentence)
            return new FinishedOutput.Blocked(new BlockedOutput(0, gated.Screening), sentence);
        var statement = sealing.State(order, 0, parent, MediaKind.Image);
        var label = OutputLabels.Place(statement.Labels.VisibleLabel, pixels.Width, pixels.Height);
        var encoded = EncodeAndLook(OutputLabels.Draw(pixels.Pixels, pixels.Width, pixels.Height, label), pixels.Width, pixels.Height, (ImageFormat)(int)job.Format, job.Quality);
        encoded = encoded with { Mark = watermark.Detect(encoded.Seen, pixels.Width, pixels.Height)?.Id };
        var stored = await sealing.Seal(order, statement, encoded.File, mark: null, label, cancellation, rendition.Changes);
        return new FinishedOutput.Stored(Record(order, 0, job.Seed, pixels, statement, gated, encoded, label, stored, site));
    }

    private static AssetView Record(
        RenderOrder order, int image, long seed, RgbImage pixels, OutputStatement statement, GatedPicture gated, EncodedPicture encoded, DrawnLabel? label, SealedOutput stored, RenderSite site) =>
        OutputSealing.Record(order, statement, stored, new OutputFacts(
            image, seed, Convert.ToHexStringLower(SHA256.HashData(pixels.Pixels)), ((ImageFormat)(int)order.View.Format).MediaType(), pixels.Width, pixels.Height, gated.Screening,
            encoded.Mark, Pdq.Read(encoded.Seen, pixels.Width, pixels.Height), label, site));

    /// <summary>The pixels that a file of this picture would show, had it been finished as a recorded asset was. For comparison only: nothing of it is kept.</summary>
    public byte[] Appearance(RgbImage picture, AssetView asset, JobView job)
    {
        // A rendition has its parent's mark in its pixels already.
        var pixels = job.Start is not { IsRendition: true } && WatermarkId.TryParse(asset.Watermark, out var mark) ? watermark.Embed(picture.Pixels, picture.Width, picture.Height, mark) : picture.Pixels;
        return EncodeAndLook(OutputLabels.Draw(pixels, picture.Width, picture.Height, asset.Label), picture.Width, picture.Height, (ImageFormat)(int)job.Format, job.Quality).Seen;
    }

    /// <summary>The id that this picture shall carry; null where it is too small for one.</summary>
    private async Task<WatermarkId?> MarkFor(TenantId tenant, AssetId asset, RgbImage picture, CancellationToken cancellation) =>
        Math.Min(picture.Width, picture.Height) < Watermark.SmallestSide ? null : ids.Of(await numbers.Of(tenant, asset, cancellation));

    /// <summary>
    /// The picture as a file whose watermark was read back from it. Compression of a low quality can take the mark away again. Such a picture is encoded without one, and
    /// its record says so: failing the job would refuse a quality that we offer, and a soft binding that nobody can read would be an untrue statement under our signature.
    /// It still has its credentials, its metadata and its perceptual hash.
    /// </summary>
    private EncodedPicture Encode(RgbImage picture, WatermarkId? mark, DrawnLabel? label, ImageFormat format, int quality)
    {
        var (width, height) = (picture.Width, picture.Height);
        if (mark is { } id)
        {
            var marked = EncodeAndLook(OutputLabels.Draw(watermark.Embed(picture.Pixels, width, height, id), width, height, label), width, height, format, quality);
            if (watermark.Detect(marked.Seen, width, height)?.Id == id) return marked with { Mark = id };
            RenderTelemetry.MarkLost();
        }
        return EncodeAndLook(OutputLabels.Draw(picture.Pixels, width, height, label), width, height, format, quality);
    }

    private static EncodedPicture EncodeAndLook(byte[] rgb, int width, int height, ImageFormat format, int quality)
    {
        var file = ImageEncoder.Encode(rgb, width, height, format, quality);
        return ImageDecoder.Decode(file) is DecodeResult.Decoded { Image: var seen } ? new EncodedPicture(file, seen.ToRgb(), null)
            : throw new InvalidOperationException($"A picture of {width} x {height} pixels that we wrote as {format} cannot be read again.");
    }

    /// <param name="Seen">The pixels that whoever opens the file sees, three bytes each.</param>
    /// <param name="Mark">The watermark that was read back from them; null for none.</param>
    private sealed record EncodedPicture(byte[] File, byte[] Seen, WatermarkId? Mark);
}
