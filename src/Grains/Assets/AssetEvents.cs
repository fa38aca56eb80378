using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>A picture exists: stored, signed, verified. Recorded in the same transaction as the completion of its job.</summary>
public sealed record OutputProduced(AssetView Asset);

/// <summary>The time stamp came that was not to be had when the picture was signed. A second file carries it; the first stays as it is.</summary>
public sealed record AssetStamped(StampedFile Asset);

/// <summary>The bytes of the picture are deleted because a person was erased; that it was made stands.</summary>
public sealed record AssetErased(DateTimeOffset At);
