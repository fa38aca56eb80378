using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;

namespace Vitrine.Grains.Subjects;

/// <summary>
/// Secret keys, one for each tenant, in a schema of their own that can lie in a database of its own and belongs into no backup of events. The salts of leaves are
/// derived from them, and so are the digests of end users' names: who has the events and the log but not these keys can confirm no guess about a payload or a name.
/// </summary>
public sealed class TenantKeys(KeyDatabase keys)
{
    private const int KeySize = 32;

    /// <summary>The salts of these tenants' leaves; a tenant without a key gets one.</summary>
    public async Task<LeafSalts> Salts(IReadOnlyCollection<string> tenants, CancellationToken cancellation) => new(await FoundOrMade(tenants, cancellation));

    private async Task<Dictionary<string, byte[]>> FoundOrMade(IReadOnlyCollection<string> tenants, CancellationToken cancellation)
    {
        var found = await Find(tenants, cancellation);
        if (tenants.Where(tenant => !found.ContainsKey(tenant)).ToArray() is { Length: > 0 } missing)
        {
            // Two writers may do this at once; the row that was there first counts for both.
            await using var make = keys.Source.CreateCommand("insert into vitrine_keys.tenant_key (tenant_id, key) select * from unnest($1, $2) on conflict do nothing");
            make.Parameters.AddWithValue(missing);
            make.Parameters.Add(new() { Value = missing.Select(_ => RandomNumberGenerator.GetBytes(KeySize)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
            await make.ExecuteNonQueryAsync(cancellation);
            found = await Find(tenants, cancellation);
        }
        return found;
    }

    /// <summary>The secret of one tenant; one without gets one.</summary>
    public async Task<byte[]> Of(TenantId tenant, CancellationToken cancellation) => (await FoundOrMade([tenant.Value], cancellation))[tenant.Value];

    private async Task<Dictionary<string, byte[]>> Find(IReadOnlyCollection<string> tenants, CancellationToken cancellation)
    {
        await using var command = keys.Source.CreateCommand("select tenant_id, key from vitrine_keys.tenant_key where tenant_id = any($1)");
        command.Parameters.AddWithValue(tenants.ToArray());
        var found = new Dictionary<string, byte[]>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) found[rows.GetString(0)] = rows.GetFieldValue<byte[]>(1);
        return found;
    }
}

/// <summary>Derives the salt of each leaf from a key: HMAC-SHA256 over the event's place, so that one salt given away tells nothing of the others.</summary>
public sealed class LeafSalts(IReadOnlyDictionary<string, byte[]> keys)
{
    public byte[] Of(CommittedEvent e) => Of(keys[e.Tenant], e.Tenant, e.Stream, e.Version);

    public static byte[] Of(byte[] key, string tenant, string stream, long version) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"vitrine leaf salt\n{tenant}\n{stream}\n{version}")));
}
