using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Policies;
using Vitrine.Inference;
using Vitrine.Media;
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
/// The last steps of every picture, always in this order: output screening, encode, implicit metadata, Content Credentials, check of our own output, store.
/// After it no byte is touched again, and before it no byte leaves the renderer.
/// </summary>
public sealed class Finishing(OutputGate gate, IBlobStore blobs, ISigningIdentities identities, PoliciesInForce policies, TimeProvider time)
{
    public const string Generator = "Vitrine";
    public static readonly string GeneratorVersion = typeof(Finishing).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <exception cref="RenderFailedException">Nobody could judge the picture, so it must not leave.</exception>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="CredentialInvalidException">Our own check refuses it.</exception>
    public async Task<FinishedPicture> Finish(RenderOrder order, int image, RenderedImage rendered, CancellationToken cancellation)
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
        var labels = policies.Current.Labelling.Decide(LabellingQuestions.ForGenerated(DateOnly.FromDateTime(now.UtcDateTime)));
        var encoded = ImageEncoder.Encode(pixels.Pixels, pixels.Width, pixels.Height, format, job.Quality);
        var labelled = ImplicitMetadata.Embed(encoded, new ImplicitStatement(DigitalSourceType.TrainedAlgorithmicMedia, Generator));
        var description = new CredentialDescription(
            ManifestId(order, asset), now, Generator, GeneratorVersion, job.Model!, job.ModelVersion!, job.ModelDigest!,
            DigitalSourceType.TrainedAlgorithmicMedia, asset.Value, DoNotTrain: true);
        var identity = identities.Of(order.Job.Tenant);
        var signed = identity.TimeStamps is { } authority
            ? (await ContentCredentials.Sign(labelled, description, identity.Signer, authority, cancellation)).Bytes : ContentCredentials.Sign(labelled, description, identity.Signer);
        var verdict = ContentCredentials.Verify(signed, identity.Anchors, now);
        if (verdict.State != CredentialState.Trusted)
            throw new CredentialInvalidException($"{asset} came out {verdict.State}: {string.Join(", ", verdict.Failures.Select(failure => failure.Code))}");

        var blob = await blobs.Put(order.Job.Tenant.Value, signed, cancellation);
        RenderTelemetry.Finished(Stopwatch.GetElapsedTime(started));
        return new FinishedPicture.Stored(new AssetView(
            asset.Value, order.Job.Job.Value, image, blob.Sha256, Convert.ToHexStringLower(SHA256.HashData(pixels.Pixels)), format.MediaType(), signed.Length,
            pixels.Width, pixels.Height, (long)rendered.Seed, description.ManifestLabel, job.ModelDigest!, job.PolicyDigest!, now, LabellingQuestions.RulesOf(labels), gated.Screening));
    }

    /// <summary>A version 4 UUID that belongs to this picture of this attempt and to nothing else; random bits are those of a digest.</summary>
    private static string ManifestId(RenderOrder order, AssetId asset)
    {
        Span<byte> bytes = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"manifest\n{order.Job.Tenant}\n{asset}\n{order.Attempt}"))).AsSpan(0, 16);
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
