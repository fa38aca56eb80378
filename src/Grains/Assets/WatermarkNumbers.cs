using Npgsql;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Assets;

/// <summary>Which number the watermark of an asset carries: one sequence for the whole platform, one number for an asset however often it is made. Only this table knows whose a number is.</summary>
public sealed class WatermarkNumbers(NpgsqlDataSource database, TimeProvider time)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    /// <summary>The asset's number, given out now if it had none. Waits for a store that is away, since a picture that is rendered must not be lost to it.</summary>
    public async Task<long> Of(TenantId tenant, AssetId asset, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await Ask(tenant, asset, cancellation);
            }
            catch (Exception e) when (StoreFailure.IsUnavailable(e))
            {
                await Task.Delay(AskAgain, time, cancellation);
            }
        }
    }

    // The update changes nothing: it makes the statement answer also where the row was there, or another silo has just made it.
    private async Task<long> Ask(TenantId tenant, AssetId asset, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            insert into vitrine.watermark as w (number, tenant_id, asset) values (nextval('vitrine.watermark_number'), $1, $2)
            on conflict (tenant_id, asset) do update set asset = w.asset returning number
            """);
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(asset.Value);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
