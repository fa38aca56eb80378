using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>
/// What the platform said of files that were erased: their manifests, without those that brought pictures came with. They hold no personal data, and with them it stays provable who signed and when,
/// in proof bundles. About five kilobytes each.
/// </summary>
public sealed class KeptManifests(NpgsqlDataSource database)
{
    public const string Ddl = """
        create table if not exists vitrine.kept_manifest (
            tenant_id text not null,
            asset     text not null,
            store     bytea not null,
            primary key (tenant_id, asset)
        );
        """;

    public async Task Keep(AssetKey asset, byte[] store, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("insert into vitrine.kept_manifest (tenant_id, asset, store) values ($1, $2, $3) on conflict do nothing");
        command.Parameters.AddWithValue(asset.Tenant.Value);
        command.Parameters.AddWithValue(asset.Asset.Value);
        command.Parameters.AddWithValue(store);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Null where nothing was kept: the asset is there, or was erased before manifests were kept.</summary>
    public async Task<byte[]?> Of(AssetKey asset, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select store from vitrine.kept_manifest where tenant_id = $1 and asset = $2");
        command.Parameters.AddWithValue(asset.Tenant.Value);
        command.Parameters.AddWithValue(asset.Asset.Value);
        return await command.ExecuteScalarAsync(cancellation) as byte[];
    }
}
