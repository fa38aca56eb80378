using System.Globalization;
using Npgsql;

namespace Vitrine.System.Tests;

/// <summary>
/// I12 from the events alone: between a job's acceptance and its first beginning, no other tenant is given more than its share allows (docs/fairness.md). Sequence numbers are the only clock. Tests give nobody a
/// weight, so all weigh the same.
/// </summary>
internal static class WaitBounds
{
    /// <summary>Pictures that one device holds at most: its lanes, each with a full batch and one more.</summary>
    private const int RoomOfDevice = 2 * (8 + 1);

    /// <param name="devices">That lived at once, at most: what they hold was taken before and is recorded as begun a little later, in any order.</param>
    /// <param name="deaths">Silos that ended, each of which may have had the queue with its clocks; then all begin again as equals.</param>
    public static async Task<IReadOnlyList<string>> Violations(NpgsqlDataSource database, int devices, int deaths)
    {
        var jobs = new List<Waited>();
        await using (var command = database.CreateCommand("""
            select a.tenant_id, a.stream_id, a.seq_id, b.seq_id, (r.data->>'Micro')::bigint, (p.data->>'Images')::integer, coalesce(a.data->>'Speed', '0')
            from vitrine.mt_events a
            join vitrine.mt_events r on r.tenant_id = a.tenant_id and r.stream_id = a.stream_id and r.type = 'job.credits_reserved'
            join vitrine.mt_events p on p.tenant_id = a.tenant_id and p.stream_id = a.stream_id and p.type = 'job.prompt_submitted'
            join lateral (select min(s.seq_id) as seq_id from vitrine.mt_events s where s.tenant_id = a.tenant_id and s.stream_id = a.stream_id and s.type = 'job.rendering_started') b on b.seq_id is not null
            where a.type = 'job.accepted' order by a.seq_id
            """))
        {
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync()) jobs.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4), rows.GetInt32(5), rows.GetString(6)));
        }
        Assert.True(jobs.Select(job => job.Speed).Distinct().Count() <= 1, "This check knows one speed; the charges of others differ from their price.");

        var wrong = new List<string>();
        foreach (var job in jobs)
        {
            var own = jobs.Where(other => other.Tenant == job.Tenant && other.Accepted <= job.Accepted && other.Begun > job.Accepted).Sum(other => other.Micro);
            foreach (var others in jobs.Where(other => other.Tenant != job.Tenant).GroupBy(other => other.Tenant))
            {
                var given = others.Where(other => other.Begun > job.Accepted && other.Begun < job.Begun).Sum(other => other.Micro);
                var bound = (1 + deaths) * (own + others.Max(other => other.Micro)) + devices * RoomOfDevice * others.Max(other => other.Micro / other.Images);
                if (given > bound) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"I12: {given} were begun for {others.Key} before {job.Tenant}/{job.Id}, and its share allows {bound}"));
            }
        }
        return wrong;
    }

    private sealed record Waited(string Tenant, string Id, long Accepted, long Begun, long Micro, int Images, string Speed);
}
