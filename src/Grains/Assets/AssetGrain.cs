using Marten;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>Owns one output: its record.</summary>
[GrainType("vitrine.asset"), CollectionAgeLimit(Minutes = 2)]
public sealed class AssetGrain(IDocumentStore store) : Grain, IAssetGrain, Tenants.ITenantScoped
{
    private AssetView? _asset;

    public async Task<AssetView?> Get(CancellationToken cancellation)
    {
        if (_asset is not null) return _asset;
        var key = AssetKey.Parse(this.GetPrimaryKeyString());
        await using var session = store.QuerySession(key.Tenant.Value);
        _asset = await session.LoadAsync<AssetView>(key.Asset.Value, cancellation);
        // An id that names nothing must not stay in memory.
        if (_asset is null) DeactivateOnIdle();
        return _asset;
    }
}
