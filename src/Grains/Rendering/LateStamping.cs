using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>What came of asking for a time stamp that a picture lacks.</summary>
public enum LateStampOutcome
{
    /// <summary>There is no such picture, it is erased, or it waits for none any more.</summary>
    NotAwaited,

    /// <summary>The second file is stored and on record.</summary>
    Stamped,

    /// <summary>The authority does not answer; later it may.</summary>
    Unavailable,

    /// <summary>The file cannot be stamped: its bytes are lost or damaged, its signer's certificate is no longer valid, or its signer is no longer trusted here.</summary>
    Impossible,
}

/// <summary>
/// Has pictures stamped that were signed while the time stamp authority was away. The file that left stays as it is; a second one carries the stamp in an update manifest
/// (C2PA 2.2, 11.2.3), is checked like every file of ours, and stands beside it.
/// </summary>
public sealed class LateStamping(IGrainFactory grains, IBlobStore blobs, ISigningIdentities identities, TimeProvider time)
{
    public async Task<LateStampOutcome> Stamp(AssetKey key, CancellationToken cancellation)
    {
        if (await grains.Asset(key).Get(cancellation) is not { AwaitsStamp: true } asset) return LateStampOutcome.NotAwaited;
        var (tenant, identity, now) = (key.Tenant.Value, identities.Of(key.Tenant), time.GetUtcNow().ToMicroseconds());
        if (identity.TimeStamps is not { } authority) return LateStampOutcome.Unavailable;
        if (await blobs.Read(new BlobKey(tenant, asset.Sha256), cancellation) is not { } file) return LateStampOutcome.Impossible;
        var update = new UpdateDescription(ManifestIds.OfStamp(key.Tenant, key.Asset), now, OutputSealing.Generator, OutputSealing.GeneratorVersion);
        byte[] stamped;
        try
        {
            stamped = await ContentCredentials.AddTimeStamp(file, update, identity.Signer, authority, identity.Anchors, now, cancellation);
        }
        catch (TimeStampUnavailableException)
        {
            return LateStampOutcome.Unavailable;
        }
        catch (Exception e) when (e is ArgumentException or MalformedMediaException)
        {
            return LateStampOutcome.Impossible;
        }
        if (ContentCredentials.Verify(stamped, identity.Anchors, now) is not { State: CredentialState.Trusted, Manifest: { } manifest }) return LateStampOutcome.Impossible;

        var blob = await blobs.Put(tenant, stamped, cancellation);
        // Who dies here leaves a file that nobody names; the sweep of orphans removes it, and the picture still waits.
        if (await grains.Asset(key).AddStamped(new StampedFile(blob.Sha256, stamped.Length, manifest.Label, now), cancellation)) return LateStampOutcome.Stamped;
        await blobs.Delete(blob, cancellation);
        return LateStampOutcome.NotAwaited;
    }
}
