using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>Which bytes are somebody's: of a picture that was made, of its stamped file, or of one that was brought. Equal bytes are one blob, so whoever deletes asks here first.</summary>
public sealed class NamedBlobs(NpgsqlDataSource database)
{
    /// <summary>Those of the digests that a living record of the tenant names.</summary>
    public async Task<IReadOnlySet<string>> Among(string tenant, IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select data ->> 'Sha256' from vitrine.mt_doc_assetview where tenant_id = $1 and data ->> 'Sha256' = any($2) and not data ? 'ErasedAt'
            union all
            select data -> 'Stamped' ->> 'Sha256' from vitrine.mt_doc_assetview where tenant_id = $1 and data ? 'Stamped' and data -> 'Stamped' ->> 'Sha256' = any($2) and not data ? 'ErasedAt'
            union all
            select data ->> 'Sha256' from vitrine.mt_doc_inputview where tenant_id = $1 and data ->> 'Sha256' = any($2) and not data ? 'DeletedAt'
            """);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(digests.ToArray());
        var named = new HashSet<string>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) named.Add(rows.GetString(0));
        return named;
    }

    /// <summary>Whether a living record of the tenant names these bytes.</summary>
    public async Task<bool> Has(TenantId tenant, string digest, CancellationToken cancellation) => (await Among(tenant.Value, [digest], cancellation)).Count > 0;
}
