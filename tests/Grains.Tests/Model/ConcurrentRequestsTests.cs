using System.Collections.Concurrent;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;

namespace Vitrine.Grains.Tests;

/// <summary>Many callers at once on a real device, under a budget that is too small for them. What cannot be foretold is judged by the invariants.</summary>
[Collection(nameof(OneSilo))]
public sealed class ConcurrentRequestsTests(OneSilo silo)
{
    private const int Callers = 12;
    private const int RequestsEach = 12;
    private const long Budget = 64 * 60;

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task Whatever_many_callers_do_every_job_ends_once_and_no_moment_exceeds_the_budget(int seed)
    {
        var limits = new Limits(CreditsPerMonth: new Credits(Budget));
        var brand = await silo.Cluster.Tenant($"concurrent-{seed}", seed == 1 ? limits : null, seed == 2 ? limits : null, seed == 3 ? limits : null);
        var answers = new ConcurrentDictionary<JobId, ConcurrentBag<SubmitOutcome>>();
        var ids = Enumerable.Range(0, Callers * RequestsEach / 2).Select(_ => JobId.New()).ToList();

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => Call(new Random(100 * seed + caller)))));

        var jobs = ids.Where(answers.ContainsKey).Where(id => answers[id].Any(outcome => outcome.Job is not null)).ToList();
        foreach (var id in jobs) await brand.End(new(brand.Tenant, id));
        var facts = await JobFacts.Of(silo.Cluster.Database, brand.Tenant);
        JobFacts.AssertEnded(facts);
        Assert.Equal(jobs.Select(id => id.Value).Order(StringComparer.Ordinal), facts.Select(fact => fact.Job).Order(StringComparer.Ordinal));
        foreach (var (id, outcomes) in answers.Where(each => jobs.Contains(each.Key)))
            Assert.True(outcomes.Where(outcome => outcome.Job is not null).Select(outcome => (outcome.Job!.SubmittedAt, outcome.Job.Seed)).Distinct().Count() == 1, $"Seed {seed}: {id} had several answers");
        Assert.InRange(await MostPromised(brand.Tenant), 1, Budget);
        await Eventually.True(async () => (await silo.Cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None)) is { } account
            && (account.Settled.Micro, account.Reserved.Micro) == (facts.Sum(fact => fact.Settled), 0));

        async Task Call(Random random)
        {
            for (var i = 0; i < RequestsEach; i++)
            {
                // Several callers ask under one id: always the same request, as a retry is.
                var number = random.Next(ids.Count);
                var command = brand.Asks("a red apple", images: 1 + number % 3, seed: number, digest: $"body{number}", steps: 1 + number % 4, side: 8);
                answers.GetOrAdd(ids[number], _ => []).Add((await brand.Submit(command, ids[number])).Outcome);
                if (random.Next(3) == 0) await silo.Cluster.Grains.Job(new(brand.Tenant, ids[random.Next(ids.Count)])).Cancel("key", CancellationToken.None)!;
                if (random.Next(40) == 0) await new AccountReader(silo.Cluster.Database).Open(brand.Tenant, AccountName.Tenant, "2026-03", JobHistory.Noon, CancellationToken.None);
            }
        }
    }

    /// <summary>The greatest sum of settled and open credits at any point of the history.</summary>
    private async Task<long> MostPromised(TenantId tenant)
    {
        await using var command = silo.Cluster.Database.CreateCommand("""
            select coalesce(max(promised), 0)::bigint from (
                select sum(coalesce((data->>'Micro')::bigint, 0) - coalesce((data->>'ReleasedMicro')::bigint, 0)) over (order by seq_id) as promised
                from vitrine.mt_events where tenant_id = $1 and type in ('job.credits_reserved', 'job.completed', 'job.failed', 'job.canceled')) as each
            """);
        command.Parameters.AddWithValue(tenant.Value);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
