using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Policies;
using Vitrine.Inference;
using Vitrine.Media;
using Vitrine.Policies;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>A picture that we signed does not pass our own check: a bug, and the picture must not leave.</summary>
public sealed class CredentialInvalidException(string message) : Exception(message);

/// <summary>What came of a picture.</summary>
public abstract record FinishedPicture
{
    private FinishedPicture()
    {
    }

    /// <summary>Stored, signed and verified.</summary>
    public sealed record Stored(AssetView Asset) : FinishedPicture;

    /// <summary>The output policy forbids it; nothing of it was encoded or kept.</summary>
    public sealed record Blocked(BlockedOutput Output, string Sentence) : FinishedPicture;
}

/// <summary>
/// The last steps of every picture, always in this order: output screening, watermark, visible label, encode, implicit metadata, Content Credentials, check of our own output, perceptual hash, store.
/// After it no byte is touched again, and before it no byte leaves the renderer.
/// </summary>
public sealed class Finishing(
    OutputGate gate, IBlobStore blobs, ISigningIdentities identities, PoliciesInForce policies, WatermarkKey watermarkKey, WatermarkNumbers numbers, TimeProvider time)
{
    public const string Generator = "Vitrine";
    public static readonly string GeneratorVersion = typeof(Finishing).Assembly.GetName().Version?.ToString(3) ?? "0";

    private readonly Watermark watermark = new(watermarkKey);
    private readonly WatermarkIds ids = new(watermarkKey);

    /// <exception cref="RenderFailedException">Nobody could judge the picture, so it must not leave.</exception>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="CredentialInvalidException">Our own check refuses it.</exception>
    public async Task<FinishedPicture> Finish(RenderOrder order, int image, RenderedImage rendered, StartPicture? start, RenderSite site, CancellationToken cancellation)
    {
        using var activity = RenderTelemetry.Source.StartActivity("finish picture");
        var started = Stopwatch.GetTimestamp();
        var (job, now) = (order.View, time.GetUtcNow());
        var asset = AssetId.Of(order.Job.Job, image);
        var format = (ImageFormat)(int)job.Format;
        var pixels = rendered.Image;

        var gated = gate.Judge(pixels);
        if (gated.BlockedBecause is { } sentence)
            return new FinishedPicture.Blocked(new BlockedOutput(image, gated.Screening), sentence);
        var identity = identities.Of(order.Job.Tenant);
        var parent = start?.Ingredient(identity.Anchors);
        var origin = LabellingQuestions.OriginOf(parent);
        var source = origin == ContentOrigin.Generated ? DigitalSourceType.TrainedAlgorithmicMedia : DigitalSourceType.CompositeWithTrainedAlgorithmicMedia;
        var labels = policies.Current.Labelling.Decide(LabellingQuestions.For(job.Audience, origin, DateOnly.FromDateTime(now.UtcDateTime)));
        var label = LabelFor(labels.VisibleLabel, pixels);
        var encoded = Encode(pixels, await MarkFor(order.Job.Tenant, asset, pixels, cancellation), label, format, job.Quality);
        var labelled = ImplicitMetadata.Embed(encoded.File, new ImplicitStatement(source, Generator));
        var description = new CredentialDescription(
            ManifestIds.Of(order.Job.Tenant, asset, order.Attempt), now, Generator, GeneratorVersion, job.Model!, job.ModelVersion!, job.ModelDigest!,
            source, asset.Value, DoNotTrain: true)
        {
            Ingredients = parent is null ? [] : [parent],
            // Its value is what the detector answers for this picture: the id as text.
            SoftBinding = encoded.Mark is { } mark ? new SoftBinding(Watermark.Algorithm, Encoding.ASCII.GetBytes(mark.ToString())) : null,
            Changes = [.. encoded.Mark is null ? Array.Empty<ContentChange>() : [ContentChange.Watermarked], .. label is null ? Array.Empty<ContentChange>() : [ContentChange.LabelSaying(label.Text, label.Position)]],
        };
        var (signed, isStamped, _) = identity.TimeStamps is { } authority
            ? await ContentCredentials.Sign(labelled, description, identity.Signer, authority, cancellation)
            : new SignedFile(ContentCredentials.Sign(labelled, description, identity.Signer), IsStamped: false, null);
        var verdict = ContentCredentials.Verify(signed, identity.Anchors, now);
        if (verdict.State != CredentialState.Trusted)
            throw new CredentialInvalidException($"{asset} came out {verdict.State}: {string.Join(", ", verdict.Failures.Select(failure => failure.Code))}");

        var looks = Pdq.Read(encoded.Seen, pixels.Width, pixels.Height);
        var blob = await blobs.Put(order.Job.Tenant.Value, signed, cancellation);
        RenderTelemetry.Finished(Stopwatch.GetElapsedTime(started));
        return new FinishedPicture.Stored(new AssetView(
            asset.Value, order.Job.Job.Value, image, blob.Sha256, Convert.ToHexStringLower(SHA256.HashData(pixels.Pixels)), format.MediaType(), signed.Length,
            pixels.Width, pixels.Height, (long)rendered.Seed, description.ManifestLabel, job.ModelDigest!, job.PolicyDigest!, now, LabellingQuestions.RulesOf(labels), gated.Screening,
            encoded.Mark?.ToString(), looks.Hash.ToString(), looks.Quality, Site: site, Label: label,
            AwaitsStamp: identity.TimeStamps is not null && !isStamped ? true : null));
    }

    /// <summary>The pixels that a file of this picture would show, had it been finished as a recorded asset was. For comparison only: nothing of it is kept.</summary>
    public byte[] Appearance(RgbImage picture, AssetView asset, JobView job)
    {
        var pixels = WatermarkId.TryParse(asset.Watermark, out var mark) ? watermark.Embed(picture.Pixels, picture.Width, picture.Height, mark) : picture.Pixels;
        return EncodeAndLook(Labelled(pixels, picture, asset.Label), picture.Width, picture.Height, (ImageFormat)(int)job.Format, job.Quality).Seen;
    }

    /// <summary>The id that this picture shall carry; null where it is too small for one.</summary>
    private async Task<WatermarkId?> MarkFor(TenantId tenant, AssetId asset, RgbImage picture, CancellationToken cancellation) =>
        Math.Min(picture.Width, picture.Height) < Watermark.SmallestSide ? null : ids.Of(await numbers.Of(tenant, asset, cancellation));

    /// <summary>The label that the policy orders; null where it orders none, and where the picture is too small for letters that somebody could read.</summary>
    private static DrawnLabel? LabelFor(VisibleLabelOrder? order, RgbImage picture)
    {
        if (order is null) return null;
        if (VisibleLabel.Place(order.Text, CornerOf(order.Position), (double?)order.LeastHeightPercent ?? VisibleLabel.UsualHeightPercent, picture.Width, picture.Height) is not { } place)
        {
            RenderTelemetry.LabelLost();
            return null;
        }
        return new DrawnLabel(order.Text, order.Position, place.X, place.Y, place.Width, place.Height, place.LetterHeight, order.RuleIds);
    }

    private static byte[] Labelled(byte[] rgb, RgbImage picture, DrawnLabel? label) =>
        label is null ? rgb : VisibleLabel.Draw(rgb, picture.Width, picture.Height, label.Text, new LabelPlace(label.X, label.Y, label.Width, label.Height, label.LetterHeight));

    private static LabelCorner CornerOf(string position) => position switch
    {
        "top-left" => LabelCorner.TopLeft,
        "bottom-right" => LabelCorner.BottomRight,
        "bottom-left" => LabelCorner.BottomLeft,
        _ => LabelCorner.TopRight,
    };

    /// <summary>
    /// The picture as a file whose watermark was read back from it. Compression of a low quality can take the mark away again. Such a picture is encoded without one, and
    /// its record says so: failing the job would refuse a quality that we offer, and a soft binding that nobody can read would be an untrue statement under our signature.
    /// It still has its credentials, its metadata and its perceptual hash.
    /// </summary>
    private EncodedPicture Encode(RgbImage picture, WatermarkId? mark, DrawnLabel? label, ImageFormat format, int quality)
    {
        if (mark is { } id)
        {
            var marked = EncodeAndLook(Labelled(watermark.Embed(picture.Pixels, picture.Width, picture.Height, id), picture, label), picture.Width, picture.Height, format, quality);
            if (watermark.Detect(marked.Seen, picture.Width, picture.Height)?.Id == id) return marked with { Mark = id };
            RenderTelemetry.MarkLost();
        }
        return EncodeAndLook(Labelled(picture.Pixels, picture, label), picture.Width, picture.Height, format, quality);
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
