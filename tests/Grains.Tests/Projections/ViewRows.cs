using JasperFx.Events.Daemon;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Inputs;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Replays;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;

namespace Vitrine.Grains.Tests;

/// <summary>The rows of all views of a cluster: read, thrown away, and made again from the events.</summary>
internal sealed class ViewRows(TestCluster cluster)
{
    /// <summary>The table of the jobs, with which each of their rows begins.</summary>
    public const string Jobs = "mt_doc_jobview";

    private static readonly string[] Tables = [Jobs, "mt_doc_assetview", "mt_doc_member", "mt_doc_apikey", "mt_doc_replayview", "mt_doc_inputview", "mt_doc_subjectview"];

    public async Task Rebuild()
    {
        using var daemon = await cluster.Services.GetRequiredService<IDocumentStore>().BuildProjectionDaemonAsync();
        await daemon.RebuildProjectionAsync<JobViewProjection>(CancellationToken.None);
        await daemon.RebuildProjectionAsync<AssetViewProjection>(CancellationToken.None);
        await daemon.RebuildProjectionAsync<MemberProjection>(CancellationToken.None);
        await daemon.RebuildProjectionAsync<ApiKeyProjection>(CancellationToken.None);
        await daemon.RebuildProjectionAsync<ReplayViewProjection>(CancellationToken.None);
        await daemon.RebuildProjectionAsync<InputViewProjection>(CancellationToken.None);
        await daemon.RebuildProjectionAsync<SubjectViewProjection>(CancellationToken.None);
        await daemon.StopAllAsync();
    }

    public async Task Wipe()
    {
        await using var command = cluster.Database.CreateCommand($"truncate {string.Join(", ", Tables.Select(table => "vitrine." + table))}");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Whole rows, the plain columns too, without what Marten notes about its own writing.</summary>
    public async Task<List<string>> Read()
    {
        var all = new List<string>();
        foreach (var table in Tables)
        {
            await using var command = cluster.Database.CreateCommand($"select to_jsonb(row) - 'mt_last_modified' - 'mt_version' from vitrine.{table} as row order by tenant_id, id");
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync()) all.Add($"{table} {rows.GetString(0)}");
        }
        return all;
    }
}
