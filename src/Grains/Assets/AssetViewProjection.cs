using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>Keeps an <see cref="AssetView"/> beside each asset's events.</summary>
public sealed partial class AssetViewProjection : SingleStreamProjection<AssetView, string>
{
    public override AssetView? Evolve(AssetView? snapshot, string id, IEvent e) => Fold(snapshot, e.Data);

    public static AssetView? Fold(AssetView? asset, object happened) => happened is OutputProduced produced ? produced.Asset : asset;
}
