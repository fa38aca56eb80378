using Marten;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Grains.Assets;

/// <summary>Owns one output: its record.</summary>
[GrainType("vitrine.asset"), CollectionAgeLimit(Minutes = 2)]
public sealed class AssetGrain(IDocumentStore store, EventJournal journal, IBlobStore blobs, NamedBlobs named, KeptManifests manifests, TimeProvider time) : Grain, IAssetGrain, Tenants.ITenantScoped
{
    private AssetView? _asset;

    private AssetKey Key => AssetKey.Parse(this.GetPrimaryKeyString());

    public async Task<AssetView?> Get(CancellationToken cancellation)
    {
        if (_asset is not null) return _asset;
        _asset = await Load(cancellation);
        // An id that names nothing must not stay in memory.
        if (_asset is null) DeactivateOnIdle();
        return _asset;
    }

    public async Task<bool> Erase(CancellationToken cancellation)
    {
        if (await Load(cancellation) is not { } asset)
        {
            DeactivateOnIdle();
            return false;
        }
        _asset = asset;
        // Before the record, while the file is surely there; of a file that is lost nothing can be kept.
        if (await blobs.Read(new BlobKey(Key.Tenant.Value, asset.OfNewestFile().Sha256), cancellation) is { } file && ManifestStoreBytes.OwnOf(file) is { } said)
            await manifests.Keep(Key, said, cancellation);
        if (asset.ErasedAt is null) await Record(asset, new AssetErased(time.GetUtcNow().ToMicroseconds()));
        // After the record: who dies between the two leaves bytes that the next asking, or the sweep of orphans, deletes.
        if (!await named.Has(Key.Tenant, asset.Sha256, cancellation)) await blobs.Delete(new BlobKey(Key.Tenant.Value, asset.Sha256), cancellation);
        if (asset.Stamped is { } stamped && !await named.Has(Key.Tenant, stamped.Sha256, cancellation)) await blobs.Delete(new BlobKey(Key.Tenant.Value, stamped.Sha256), cancellation);
        return true;
    }

    public async Task<bool> AddStamped(StampedFile stamped, CancellationToken cancellation)
    {
        _asset = await Load(cancellation);
        if (_asset is not { AwaitsStamp: true } asset) return false;
        await Record(asset, new AssetStamped(stamped));
        return true;
    }

    private async Task Record(AssetView asset, object happened)
    {
        try
        {
            // An output's stream is the event that made it, perhaps the stamp that came late, and the one that ends it.
            await journal.Append(Commit.Of(Key.Tenant, StreamAppend.Continue(asset.Id, asset.Stamped is null ? 1 : 2, asset, happened)), CancellationToken.None);
            _asset = AssetViewProjection.Fold(asset, happened);
        }
        catch (Exception)
        {
            _asset = null;
            DeactivateOnIdle();
            throw;
        }
    }

    private async Task<AssetView?> Load(CancellationToken cancellation)
    {
        await using var session = store.QuerySession(Key.Tenant.Value);
        return await session.LoadAsync<AssetView>(Key.Asset.Value, cancellation);
    }
}
