using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Policies;
using Vitrine.Media;
using Vitrine.Policies;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>An output that we signed does not pass our own check: a bug, and the output must not leave.</summary>
public sealed class CredentialInvalidException(string message) : Exception(message);

/// <summary>What will be said about an output, known before its first pixel is encoded.</summary>
/// <param name="Parent">The picture that it begins at; null for none.</param>
/// <param name="Mask">The picture that says where; null for none.</param>
public sealed record OutputStatement(AssetId Asset, DateTimeOffset At, SigningIdentity Identity, CredentialIngredient? Parent, DigitalSourceType Source, LabellingDecision Labels, CredentialIngredient? Mask = null);

/// <summary>A stored output, signed and checked.</summary>
/// <param name="IsStamped">Whether somebody else attests when it was signed.</param>
/// <param name="AwaitsStamp">True where the time stamp that belongs to it could not be had; null otherwise.</param>
public sealed record SealedOutput(string Sha256, long Length, string Manifest, bool IsStamped, bool? AwaitsStamp);

/// <summary>What is known of an output besides its statement and its file.</summary>
/// <param name="PixelSha256">Of the pixels before watermark, label and encoding; of a clip, of those of all frames.</param>
/// <param name="Mark">The watermark that was read back from the file; null for none.</param>
/// <param name="Label">The label that is drawn on it; null for none.</param>
/// <param name="Frames">Of a clip; null for a picture.</param>
public sealed record OutputFacts(
    int Output, long Seed, string PixelSha256, string MediaType, int Width, int Height, OutputScreening Screening, WatermarkId? Mark, PdqReading Looks, DrawnLabel? Label, RenderSite Site, int? Frames = null);

/// <summary>What every output goes through last, a picture as a clip: implicit metadata, Content Credentials, check of our own output, store. After it no byte is touched again.</summary>
public sealed class OutputSealing(IBlobStore blobs, ISigningIdentities identities, PoliciesInForce policies, TimeProvider time)
{
    public const string Generator = "Vitrine";
    public static readonly string GeneratorVersion = typeof(OutputSealing).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>The record of an output, a picture as a clip.</summary>
    public static AssetView Record(RenderOrder order, OutputStatement statement, SealedOutput stored, OutputFacts facts) => new(
        statement.Asset.Value, order.Job.Job.Value, facts.Output, stored.Sha256, facts.PixelSha256, facts.MediaType, stored.Length, facts.Width, facts.Height, facts.Seed,
        stored.Manifest, order.View.ModelDigest!, order.View.PolicyDigest!, statement.At, LabellingQuestions.RulesOf(statement.Labels), facts.Screening,
        facts.Mark?.ToString(), facts.Looks.Hash.ToString(), facts.Looks.Quality, Site: facts.Site, Label: facts.Label, AwaitsStamp: stored.AwaitsStamp, Frames: facts.Frames,
        Unmet: LabellingQuestions.UnmetOf(statement.Labels, stored.IsStamped, facts.Mark is not null, facts.Label is not null));

    public OutputStatement State(RenderOrder order, int output, StartPicture? start, MediaKind kind)
    {
        var now = time.GetUtcNow();
        var identity = identities.Of(order.Job.Tenant);
        var parent = start?.Ingredient(identity.Anchors, now);
        var origin = LabellingQuestions.OriginOf(parent);
        var labels = policies.Current.Labelling.Decide(LabellingQuestions.For(order.View.Audience, kind, origin, DateOnly.FromDateTime(now.UtcDateTime)));
        var source = origin == ContentOrigin.Generated ? DigitalSourceType.TrainedAlgorithmicMedia : DigitalSourceType.CompositeWithTrainedAlgorithmicMedia;
        return new OutputStatement(AssetId.Of(order.Job.Job, output), now, identity, parent, source, labels, start?.MaskIngredient(identity.Anchors, now));
    }

    /// <param name="changes">What a rendition did to its parent; null for what a model made. The encoding, which every rendition has, says how the content came to be, so that a rendition of a rendition knows it too.</param>
    /// <param name="mark">The watermark that was embedded and read back from the file; null for none.</param>
    /// <param name="label">The label that is drawn on it; null for none.</param>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="CredentialInvalidException">Our own check refuses it.</exception>
    public async Task<SealedOutput> Seal(
        RenderOrder order, OutputStatement statement, byte[] encoded, WatermarkId? mark, DrawnLabel? label, CancellationToken cancellation, IReadOnlyList<ContentChange>? changes = null)
    {
        var (job, asset, identity) = (order.View, statement.Asset, statement.Identity);
        var description = new CredentialDescription(
            ManifestIds.Of(order.Job.Tenant, asset, order.Attempt), statement.At, Generator, GeneratorVersion, job.Model!, job.ModelVersion!, job.ModelDigest!,
            statement.Source, asset.Value, DoNotTrain: true)
        {
            Ingredients = [.. new[] { statement.Parent, statement.Mask }.OfType<CredentialIngredient>()],
            // Its value is what the detector answers for this output: the id as text.
            SoftBinding = mark is { } id ? new SoftBinding(Watermark.Algorithm, System.Text.Encoding.ASCII.GetBytes(id.ToString())) : null,
            Changes = [.. (changes ?? []).Select(change => change == ContentChange.Transcoded ? change with { SourceType = statement.Source } : change), .. mark is null ? Array.Empty<ContentChange>() : [ContentChange.Watermarked], .. label is null ? Array.Empty<ContentChange>() : [ContentChange.LabelSaying(label.Text, label.Position)]],
        };
        var aigc = statement.Labels.ImplicitLabel is { } value ? new AigcLabel(value, Generator, asset.Value, description.ManifestLabel) : null;
        var labelled = ImplicitMetadata.Embed(encoded, new ImplicitStatement(statement.Source, Generator, aigc));
        var (signed, isStamped, _) = identity.TimeStamps is { } authority
            ? await ContentCredentials.Sign(labelled, description, identity.Signer, authority, cancellation)
            : new SignedFile(ContentCredentials.Sign(labelled, description, identity.Signer), IsStamped: false, null);
        var verdict = ContentCredentials.Verify(signed, identity.Anchors, statement.At);
        if (verdict.State != CredentialState.Trusted)
            throw new CredentialInvalidException($"{asset} came out {verdict.State}: {string.Join(", ", verdict.Failures.Select(failure => failure.Code))}");

        var blob = await blobs.Put(order.Job.Tenant.Value, signed, cancellation);
        return new SealedOutput(blob.Sha256, signed.Length, description.ManifestLabel, isStamped, identity.TimeStamps is not null && !isStamped ? true : null);
    }
}
