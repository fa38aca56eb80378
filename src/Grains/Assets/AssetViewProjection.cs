using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>Keeps an <see cref="AssetView"/> beside each asset's events.</summary>
public sealed partial class AssetViewProjection : SingleStreamProjection<AssetView, string>
{
    public override AssetView? Evolve(AssetView? snapshot, string id, IEvent e) => Fold(snapshot, e.Data);

    /// <summary>The name of the requirement that a late stamp meets. The policies' own word for it; a projection knows no policies.</summary>
    private const string TimeStamped = "c2pa.timestamped";

    // The hash of its look goes out of the index with it: nobody finds by look what is no longer there. The watermark's number stays, so that copies still tell that they were made here.
    public static AssetView? Fold(AssetView? asset, object happened) => (asset, happened) switch
    {
        (_, OutputProduced e) => e.Asset,
        (not null, AssetStamped e) => asset with { AwaitsStamp = null, Stamped = e.Asset, Unmet = asset.Unmet is { } unmet ? [.. unmet.Where(each => each.Kind != TimeStamped)] : null },
        (not null, AssetErased e) => asset with { ErasedAt = asset.ErasedAt ?? e.At, Pdq = null, PdqQuality = null, AwaitsStamp = null },
        _ => asset,
    };
}
