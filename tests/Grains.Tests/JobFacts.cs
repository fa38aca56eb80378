using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

/// <summary>What the stored events of one job say, read with plain SQL so that no code under test stands in between. Amounts in micro-credits.</summary>
public sealed record JobFacts(string Job, string Project, string? User, string? Period, long Accepted, long Ended, long Reserved, long Settled, long Released)
{
    public long Open => Ended == 0 ? Reserved : 0;

    public static async Task<IReadOnlyList<JobFacts>> Of(NpgsqlDataSource database, TenantId tenant)
    {
        await using var command = database.CreateCommand("""
            select stream_id,
                   max(data->>'Project') filter (where type = 'job.prompt_submitted'),
                   max(data->>'User') filter (where type = 'job.prompt_submitted'),
                   max(data->>'Period') filter (where type = 'job.credits_reserved'),
                   count(*) filter (where type = 'job.accepted'),
                   count(*) filter (where type in ('job.completed', 'job.failed', 'job.canceled', 'job.refused')),
                   coalesce(sum((data->>'Micro')::bigint) filter (where type = 'job.credits_reserved'), 0)::bigint,
                   coalesce(sum((data->>'SettledMicro')::bigint) filter (where type = 'job.completed'), 0)::bigint,
                   coalesce(sum((data->>'ReleasedMicro')::bigint) filter (where type in ('job.completed', 'job.failed', 'job.canceled')), 0)::bigint
            from vitrine.mt_events where tenant_id = $1 and type like 'job.%' group by stream_id
            """);
        command.Parameters.AddWithValue(tenant.Value);
        var jobs = new List<JobFacts>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            jobs.Add(new JobFacts(rows.GetString(0), rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetString(2), rows.IsDBNull(3) ? null : rows.GetString(3),
                rows.GetInt64(4), rows.GetInt64(5), rows.GetInt64(6), rows.GetInt64(7), rows.GetInt64(8)));
        return jobs;
    }

    /// <summary>I1 and I2: one acceptance and at most one end for each job, and in each month reserved = settled + released + open.</summary>
    public static void AssertSound(IReadOnlyList<JobFacts> jobs)
    {
        foreach (var job in jobs)
        {
            Assert.True(job.Accepted <= 1 && job.Ended <= 1, $"{job.Job} was accepted {job.Accepted} times and ended {job.Ended} times");
            Assert.True(job.Accepted == 1 || job is { Ended: 1, Reserved: 0, Settled: 0, Released: 0 }, $"{job.Job} was refused and yet {job}");
            Assert.True(job.Reserved == job.Settled + job.Released + job.Open, $"{job.Job} does not add up: {job}");
        }
    }

    /// <summary>The same, and that nothing is open any more.</summary>
    public static void AssertEnded(IReadOnlyList<JobFacts> jobs)
    {
        AssertSound(jobs);
        Assert.All(jobs, job => Assert.Equal(1, job.Ended));
    }
}
