namespace Vitrine.Provenance.Ledger;

/// <summary>One event of a proof bundle.</summary>
/// <param name="Entry">The entry of the log, see <see cref="LeafEnvelope"/>.</param>
/// <param name="Salt">32 bytes; null when it was destroyed.</param>
/// <param name="Payload">Canonical JSON that the entry commits to; null when a person in it was erased.</param>
/// <param name="Proof">That the entry is in the log.</param>
/// <param name="Opening">What was in the sealed part of the payload, see <see cref="SealedPart"/>; null where there is none, or a person was erased.</param>
/// <param name="OpeningSalt">32 bytes; null together with <paramref name="Opening"/>.</param>
public sealed record BundleEvent(byte[] Entry, byte[]? Salt, byte[]? Payload, LogProof Proof, byte[]? Opening = null, byte[]? OpeningSalt = null)
{
    /// <summary>The payload as record.json tells it; null when it was erased.</summary>
    internal byte[]? Told => Salt is null || Payload is null ? null : SealedPart.Told(Payload, OpeningSalt is null ? null : Opening);
}

/// <summary>Everything that proves one asset.</summary>
/// <param name="File">The signed file; null when it was deleted.</param>
/// <param name="FileName">Such as <c>asset.png</c>.</param>
/// <param name="Events">Of the asset's job, then of the asset, then of <see cref="Related"/> streams, each in the order of its stream.</param>
/// <param name="Checkpoint">The checkpoint under which all events are proved.</param>
/// <param name="LogKey">The key of the tenant's log.</param>
/// <param name="PlatformProof">That the checkpoint is in the platform's log, under its checkpoint.</param>
/// <param name="TrustAnchorPem">The roots of the certificates that sign files; null to leave them out.</param>
public sealed record BundleParts(
    string Tenant, string Asset, string Job, string FileName, byte[]? File, IReadOnlyList<BundleEvent> Events, SignedNote Checkpoint, NoteKey LogKey,
    LogProof PlatformProof, NoteKey PlatformKey, string? TrustAnchorPem)
{
    /// <summary>The roots of time stamp authorities: a file outlives its signer's certificate only for who trusts its stamp. Null to leave them out.</summary>
    public string? TimeStampAnchorPem { get; init; }

    /// <summary>The file's manifest store by itself (<c>application/c2pa</c>); of a file that was deleted, what was kept of it. Null where there is none.</summary>
    public byte[]? Manifest { get; init; }

    /// <summary>Streams whose events follow those of the job and the asset: pictures that the job began at, and replays of the asset.</summary>
    public IReadOnlyList<string> Related { get; init; } = [];

    /// <summary>RFC 3161 token over the platform's checkpoint (<see cref="CheckpointStamp"/>); null when it has none.</summary>
    public byte[]? PlatformStamp { get; init; }
}
