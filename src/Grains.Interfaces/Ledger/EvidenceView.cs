namespace Vitrine.Grains.Interfaces;

/// <summary>What a proof bundle is made of, but for the file itself. All proofs stand under one checkpoint.</summary>
/// <param name="Head">The tenant's checkpoint.</param>
/// <param name="Platform">The platform's checkpoint, and the proof that it holds <paramref name="Head"/>.</param>
/// <param name="Events">Of the job, then of the asset, then of the related streams.</param>
/// <param name="TrustAnchorPem">Roots of the certificates that sign the tenant's files; empty when there are none.</param>
/// <param name="TimeStampAnchorPem">Roots of time stamp authorities, likewise.</param>
/// <param name="Related">Streams whose events follow: pictures that were brought for the job, and replays of the asset.</param>
/// <param name="KeptManifest">Of an asset that was erased: the manifest store that was kept of its file; null where there is none.</param>
[GenerateSerializer, Immutable, Alias("vitrine.EvidenceView")]
public sealed record EvidenceView(
    [property: Id(0)] AssetView Asset, [property: Id(1)] LedgerHead Head, [property: Id(2)] PlatformView Platform, [property: Id(3)] IReadOnlyList<EvidenceEvent> Events,
    [property: Id(4)] string TrustAnchorPem, [property: Id(5)] string TimeStampAnchorPem = "",
    [property: Id(6)] IReadOnlyList<string>? Related = null, [property: Id(7)] byte[]? KeptManifest = null);

/// <param name="Entry">The entry of the log.</param>
/// <param name="Salt">32 bytes; null when it was destroyed.</param>
/// <param name="Payload">What the entry commits to; null when it was erased.</param>
/// <param name="Opening">What is in the sealed part of the payload; null when there is none, or a person was erased.</param>
/// <param name="OpeningSalt">32 bytes; null together with <paramref name="Opening"/>.</param>
[GenerateSerializer, Immutable, Alias("vitrine.EvidenceEvent")]
public sealed record EvidenceEvent([property: Id(0)] byte[] Entry, [property: Id(1)] byte[]? Salt, [property: Id(2)] byte[]? Payload, [property: Id(3)] InclusionView Inclusion,
    [property: Id(4)] byte[]? Opening = null, [property: Id(5)] byte[]? OpeningSalt = null);
