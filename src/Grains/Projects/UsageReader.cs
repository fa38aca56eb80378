using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Projects;

/// <summary>Computes a project's use of one month from its job rows. There is no second copy that could disagree with them (docs/adr/0005).</summary>
public sealed class UsageReader(NpgsqlDataSource database)
{
    public async Task<UsageView> Read(TenantId tenant, ProjectId project, string period, Credits? limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select state, count(*), coalesce(sum(settled_micro), 0)::bigint,
                   coalesce(sum(reserved_micro) filter (where state in (0, 1)), 0)::bigint,
                   coalesce(sum(images) filter (where state = 2), 0)::bigint
            from vitrine.mt_doc_jobview
            where tenant_id = $1 and project = $2 and period = $3
            group by state
            """);
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(project.Value);
        command.Parameters.AddWithValue(period);
        long jobs = 0, settled = 0, reserved = 0, images = 0;
        var byState = new Dictionary<string, long>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            byState[((JobState)rows.GetInt32(0)).ToString().ToLowerInvariant()] = rows.GetInt64(1);
            jobs += rows.GetInt64(1);
            settled += rows.GetInt64(2);
            reserved += rows.GetInt64(3);
            images += rows.GetInt64(4);
        }
        return new UsageView(project.Value, period, new Credits(settled), new Credits(reserved), limit, jobs, images, byState);
    }
}
