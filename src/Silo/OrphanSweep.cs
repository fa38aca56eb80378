using Npgsql;
using Vitrine.Grains.Assets;
using Vitrine.Media;

namespace Vitrine.Silo;

/// <summary>
/// Removes blobs that no living record names: outputs of attempts that were killed between storing and completing, those of pictures whose erasing was, and what was brought and never recorded. A blob younger than the grace period may
/// still be about to be named.
/// </summary>
public sealed partial class OrphanSweep(IBlobStore blobs, NamedBlobs owners, NpgsqlDataSource database, TimeProvider time, ILogger<OrphanSweep> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>Digests looked up in one query.</summary>
    private const int Batch = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                LogSwept(await Sweep(stoppingToken));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Also for a bug of ours: what nobody names may lie for another round.
                LogCannotSweep(e);
            }
        }
    }

    /// <summary>Returns how many blobs were removed.</summary>
    public async Task<int> Sweep(CancellationToken cancellation)
    {
        var removed = 0;
        foreach (var tenant in await Tenants(cancellation))
        {
            var old = new List<BlobEntry>(Batch);
            await foreach (var entry in blobs.List(tenant, cancellation))
            {
                if (time.GetUtcNow() - entry.WrittenAt >= Grace) old.Add(entry);
                if (old.Count < Batch) continue;
                removed += await RemoveUnnamed(tenant, old, cancellation);
                old.Clear();
            }
            removed += await RemoveUnnamed(tenant, old, cancellation);
        }
        return removed;
    }

    private async Task<int> RemoveUnnamed(string tenant, List<BlobEntry> entries, CancellationToken cancellation)
    {
        if (entries.Count == 0) return 0;
        var named = await owners.Among(tenant, [.. entries.Select(entry => entry.Key.Sha256)], cancellation);
        var removed = 0;
        foreach (var entry in entries.Where(entry => !named.Contains(entry.Key.Sha256)))
            if (await blobs.Delete(entry.Key, cancellation)) removed++;
        return removed;
    }

    private async Task<List<string>> Tenants(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select distinct tenant_id from vitrine.mt_doc_member");
        var tenants = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) tenants.Add(rows.GetString(0));
        return tenants;
    }

    [LoggerMessage(LogLevel.Debug, "{Count} blobs without an asset were removed")]
    private partial void LogSwept(int count);

    [LoggerMessage(LogLevel.Warning, "Blobs without an asset could not be looked for")]
    private partial void LogCannotSweep(Exception cause);
}
