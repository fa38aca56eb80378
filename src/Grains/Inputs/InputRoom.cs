using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Inputs;

/// <summary>How many pictures a tenant may keep here. They cost no credits, so something else has to bound them.</summary>
public sealed class InputRoom(NpgsqlDataSource database)
{
    /// <summary>Of one tenant, those that were deleted not counted.</summary>
    public const int MostInputs = 10_000;

    /// <summary>Bytes of one tenant's inputs: 20 GiB.</summary>
    public const long MostBytes = 20L << 30;

    /// <summary>Null when there is room for one more. Two that come at the same moment may both find the last place.</summary>
    public async Task<Refusal?> Refusal(TenantId tenant, long length, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select count(*), coalesce(sum((data ->> 'Length')::bigint), 0)::bigint from vitrine.mt_doc_inputview where tenant_id = $1 and not data ? 'DeletedAt'");
        command.Parameters.AddWithValue(tenant.Value);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return Of(row.GetInt64(0), row.GetInt64(1), length);
    }

    /// <summary>The same, from what is there.</summary>
    public static Refusal? Of(long inputs, long bytes, long length) => inputs < MostInputs && bytes + length <= MostBytes ? null
        : new Refusal(Refused.InputsFull, $"A tenant keeps at most {MostInputs} pictures of its own and {MostBytes >> 30} GiB of them here; delete some that are no longer needed.");
}
