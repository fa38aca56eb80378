namespace Vitrine.Grains.Interfaces;

/// <summary>Finds where a picture came from, among the pictures of all tenants. Key: <c>platform</c>. Whoever asks it may tell strangers only what <see cref="OriginView"/> names public.</summary>
[Alias("vitrine.IOriginsGrain"), GrainInterfaceType("vitrine.origins")]
public interface IOriginsGrain : IGrainWithStringKey
{
    /// <summary>Ways to lay a picture down: the most hashes of one question.</summary>
    public const int MaxHashes = 8;

    /// <summary>The picture that carries this watermark, 12 lower-case hex digits; null when we never gave it out or the picture never left.</summary>
    [Alias("ByWatermark")] Task<OriginView?> ByWatermark(string watermark, CancellationToken cancellation);

    /// <summary>The picture whose manifest has this URN.</summary>
    [Alias("ByManifest")] Task<OriginView?> ByManifest(string manifest, CancellationToken cancellation);

    /// <summary>
    /// Whose signatures count for the manifest of this URN: the roots of its tenant, those that were replaced meanwhile too; null when there is no such manifest on record. They vouch for nothing
    /// else, so one tenant's authority cannot sign in the name of another.
    /// </summary>
    [Alias("Anchors")] Task<AnchorsView?> Anchors(string manifest, CancellationToken cancellation);

    /// <summary>The picture that looks most like one of these PDQ hashes (64 lower-case hex digits each); null when none differs in so few bits that it counts as alike.</summary>
    [Alias("ByLook")] Task<OriginView?> ByLook(IReadOnlyList<string> hashes, CancellationToken cancellation);
}

/// <summary>Roots as PEM, of signers and of time stamp authorities; empty where there are none. They are public.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.AnchorsView")]
public sealed record AnchorsView([property: Id(0)] string SignersPem, [property: Id(1)] string TimeStampsPem);

/// <summary>A picture of the platform. <paramref name="Tenant"/> and <paramref name="Sha256"/> say where its file is and are for the platform alone; the others are public.</summary>
/// <param name="Model">Name of the model; null when its job is not on record any more.</param>
/// <param name="Manifest">The C2PA manifest's URN.</param>
/// <param name="Pdq">Its perceptual hash, for comparison; null for old pictures.</param>
/// <param name="IsInCheckpoint">Whether the record of the picture is an entry of its tenant's transparency log that a signed checkpoint covers.</param>
/// <param name="Log">Where it stands there; null where it is not in a checkpoint yet.</param>
/// <param name="IsErased">The picture was deleted because a person was erased; the record of it stands.</param>
[GenerateSerializer, Immutable, Alias("vitrine.OriginView")]
public sealed record OriginView(
    [property: Id(0)] TenantId Tenant, [property: Id(1)] string Sha256, [property: Id(2)] DateTimeOffset CreatedAt, [property: Id(3)] string? Model,
    [property: Id(4)] string? ModelVersion, [property: Id(5)] string ModelDigest, [property: Id(6)] string Manifest, [property: Id(7)] string? Pdq, [property: Id(8)] bool IsInCheckpoint, [property: Id(9)] bool IsErased = false,
    [property: Id(10)] LoggedView? Log = null);

/// <summary>Where the record stands in its tenant's log, without the tenant's name. Public.</summary>
/// <param name="Inclusion">Of the entry of the event that recorded the picture, in the newest signed tree.</param>
/// <param name="Receipt">Signed note over leaf, index, size and root, see <c>InclusionReceipt</c>.</param>
/// <param name="Key">The key that signed it, as a vkey: that of the log, under the name of receipts.</param>
[GenerateSerializer, Immutable, Alias("vitrine.LoggedView")]
public sealed record LoggedView([property: Id(0)] InclusionView Inclusion, [property: Id(1)] string Receipt, [property: Id(2)] string Key);
