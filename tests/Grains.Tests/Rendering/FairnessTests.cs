using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Xunit.Abstractions;

namespace Vitrine.Grains.Tests;

/// <summary>Three million requests in fake time against the promises of docs/fairness.md. Every seed is printed.</summary>
public sealed class FairnessTests(ITestOutputHelper output)
{
    private const int Million = 1_000_000;

    [Fact]
    public void A_flooder_under_four_hundred_names_costs_a_neighbour_a_job_or_two()
    {
        const int Cost = 1000;
        var simulation = Simulation(seed: 1);
        // Four times what the device can do, from as many names as it likes.
        for (var i = 0; i < 400; i++) simulation.Arrive("flooder", 400 * Cost / 4.0, Cost, user: $"u{i % 20}", project: $"p{i / 20}");
        simulation.Arrive("neighbour", 20 * Cost, Cost);
        simulation.Run(Million, boundEvery: 1000);

        var neighbour = simulation.Percentile("neighbour", 0.99);
        output.WriteLine($"neighbour p99 {neighbour / Cost:0.00} jobs, flooder p99 {simulation.Percentile("flooder", 0.99) / Cost:0} jobs, worst wait / bound {simulation.WorstShareOfBound:0.000}");
        // The job in service, one of the flooder's, and now and then one of its own.
        Assert.InRange(neighbour, 0, 3 * Cost);
        Assert.InRange(simulation.WorstShareOfBound, 0, 1);
    }

    [Fact]
    public void Ten_thousand_small_tenants_and_one_of_huge_jobs_each_get_their_share()
    {
        var simulation = Simulation(seed: 2);
        for (var i = 0; i < 10_000; i++) simulation.Arrive($"small{i}", 10_000 * 1100, 1000, speed: (Speed)(i % 3));
        simulation.Arrive("huge", 2_000_000, 500_000);
        simulation.Run(Million, boundEvery: 5000);

        output.WriteLine($"huge p99 {simulation.Percentile("huge", 0.99):0}, worst wait / bound {simulation.WorstShareOfBound:0.000}, waiting at the end {simulation.Waiting}");
        Assert.InRange(simulation.WorstShareOfBound, 0, 1);
        // Nobody is starved: everybody who asked often enough was served.
        Assert.InRange(simulation.Served.Count, 9_990, 10_001);
    }

    [Fact]
    public void Ten_equal_tenants_that_ask_unequally_come_out_equal()
    {
        var simulation = Simulation(seed: 3);
        // All ask for more than a tenth, the greediest for twenty times as much as the most modest, in jobs of different sizes.
        for (var i = 0; i < 10; i++)
            for (var user = 0; user <= 2 * i; user++)
                simulation.Arrive($"t{i}", 8000 + 500 * i, 1000 + 500 * (i % 4), user: $"u{user}");
        simulation.Run(Million, boundEvery: 1000);

        var jain = FairnessSimulation.Jain([.. simulation.Served.Values]);
        output.WriteLine($"Jain {jain:0.000000}, worst wait / bound {simulation.WorstShareOfBound:0.000}");
        Assert.InRange(jain, 0.999, 1);
        Assert.InRange(simulation.WorstShareOfBound, 0, 1);
    }

    [Fact]
    public void Weights_of_one_two_and_four_share_within_one_percent()
    {
        var simulation = Simulation(seed: 4);
        foreach (var weight in new[] { 1, 2, 4 }) simulation.Arrive($"w{weight}", 400, 1000, weight: weight);
        simulation.Run(200_000);

        var all = simulation.Served.Values.Sum();
        foreach (var weight in new[] { 1, 2, 4 }) Assert.InRange(simulation.Served[$"w{weight}"] / all / (weight / 7.0), 0.99, 1.01);
    }

    [Fact]
    public void A_users_turbo_jobs_go_before_its_relaxed_ones_and_do_not_starve_them()
    {
        var simulation = Simulation(seed: 5);
        simulation.Backlog("t", 300, 1000, Speed.Relax);
        simulation.Backlog("t", 300, 1000, Speed.Turbo);
        var order = new FairShare();
        simulation.Run(0);

        // Turbo is served four times as often (its charge per work is a quarter of relax's): all of it within about five fourths of its own work.
        Assert.InRange(simulation.Percentile("t", 0.49), 0, 300 * 1000 * 1.35);
        Assert.Equal(0, order.Count + simulation.Waiting);
    }

    [Fact]
    public void A_model_in_memory_goes_first_within_the_bounded_lag_only()
    {
        var queue = new FairShare();
        QueuedJob Job(string tenant, int number, string model) => new(
            new JobKey(new TenantId(tenant), new JobId($"job-{number}")), "p", "u", model, 1, new Credits(1_000_000), Speed.Fast, null, Limits.None, Limits.None, Limits.None);
        for (var i = 0; i < 100; i++)
        {
            queue.Add(Job("warm", i, "warm"));
            queue.Add(Job("cold", 1000 + i, "cold"));
        }
        var served = new List<string>();
        for (var i = 0; i < 40; i++) served.Add(queue.Take(resident: model => model == "warm")!.Model);

        // The warm one gets ahead by the lag and a job, and from then on every other job is the cold one's.
        var lead = (int)(FairShare.AffinityLag / 1_000_000);
        Assert.All(served.Take(lead), model => Assert.Equal("warm", model));
        Assert.InRange(served.Count(model => model == "warm") - served.Count(model => model == "cold"), 1, lead + 2);
    }

    [Fact]
    public void A_tenant_at_its_cap_is_passed_over_whole()
    {
        var queue = new FairShare();
        for (var i = 0; i < 1000; i++)
            queue.Add(new QueuedJob(new JobKey(new TenantId("capped"), new JobId($"job-{i}")), "p", $"u{i}", "m", 1, new Credits(1), Speed.Fast, null, Limits.None, Limits.None, Limits.None));
        queue.Add(new QueuedJob(new JobKey(new TenantId("free"), new JobId("job-9999")), "p", "u", "m", 1, new Credits(1), Speed.Fast, null, Limits.None, Limits.None, Limits.None));
        var asked = 0;
        var next = queue.Take(open: (level, job) =>
        {
            asked++;
            return level != ShareLevel.Tenant || job.Job.Tenant.Value != "capped";
        });

        Assert.Equal("free", next!.Job.Tenant.Value);
        Assert.InRange(asked, 2, 4); // Once for the capped tenant, then down to the free one's user.
    }

    private FairnessSimulation Simulation(int seed)
    {
        output.WriteLine($"seed {seed}");
        return new FairnessSimulation(new Random(seed));
    }
}
