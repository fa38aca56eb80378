using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>Which pictures were signed while the time stamp authority was away. The queue is a mark in their records, so it outlives every process.</summary>
public sealed class LateStamps(NpgsqlDataSource database)
{
    public const string Awaited = "assets_awaiting_stamp", ByManifest = "assets_by_stamped_manifest";

    /// <summary>Applied when the views are there.</summary>
    public const string Ddl = $"""
        create index if not exists {Awaited} on vitrine.mt_doc_assetview (tenant_id, id) where data ? 'AwaitsStamp';
        create index if not exists {ByManifest} on vitrine.mt_doc_assetview ((data -> 'Stamped' ->> 'Manifest')) where data ? 'Stamped';
        """;

    /// <param name="after">Only those behind this one, in the order of keys; null from the beginning.</param>
    public async Task<IReadOnlyList<AssetKey>> Next(AssetKey? after, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select tenant_id, id from vitrine.mt_doc_assetview where data ? 'AwaitsStamp' and (tenant_id, id) > ($1, $2) order by tenant_id, id limit $3");
        command.Parameters.AddWithValue(after?.Tenant.Value ?? "");
        command.Parameters.AddWithValue(after?.Asset.Value ?? "");
        command.Parameters.AddWithValue(limit);
        var found = new List<AssetKey>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) found.Add(new(TenantId.Parse(rows.GetString(0)), new AssetId(rows.GetString(1))));
        return found;
    }
}
