using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>A picture exists: stored, signed, verified. Recorded in the same transaction as the completion of its job.</summary>
public sealed record OutputProduced(AssetView Asset);
