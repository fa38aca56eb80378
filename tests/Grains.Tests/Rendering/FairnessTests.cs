using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Xunit.Abstractions;

namespace Vitrine.Grains.Tests;

/// <summary>Three million requests in fake time against the promises of docs/fairness.md. Every seed is printed.</summary>
public sealed class FairnessTests(ITestOutputHelper output)
{
    private const int Million = 1_000_000;
    private static readonly Vitrine.Inference.ModelCatalogue Catalogue = Vitrine.Inference.ModelCatalogue.Load(Path.Combine(TestCluster.RepositoryRoot(), "models"));

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

    [Theory]
    [InlineData(12)]
    [InlineData(13)]
    public void Who_has_nothing_running_waits_for_a_step_and_nobody_stands_aside_twice_or_for_longer_than_a_job(int seed)
    {
        const int Cost = 1000, Steps = 4;
        output.WriteLine($"seed {seed}");
        var simulation = new PreemptionSimulation(new Random(seed), Catalogue, Steps);
        for (var i = 0; i < 100; i++) simulation.Arrive("flooder", 100 * Cost / 2.0, Cost, user: $"u{i}");
        simulation.Arrive("neighbour", 20 * Cost, Cost);
        // The bound is about those who have work: the flooder always has before long.
        simulation.Run(2_000);
        simulation.Run(100_000, boundEvery: 100);

        var times = simulation.Times["neighbour"].Order().ToList();
        output.WriteLine($"neighbour, waiting and service: median {times[times.Count / 2] / Cost:0.00} jobs, p99 {times[times.Count * 99 / 100] / Cost:0.00}; set aside {simulation.SetAside}, the longest {simulation.LongestAside / Cost:0.00} jobs, worst wait / bound {simulation.WorstShareOfBound:0.000}");
        // Its own service and the rest of a step; now and then a job that stood aside before, and its own jobs where several come at once: three jobs, as above, and its own.
        Assert.InRange(times[times.Count / 2], Cost, Cost + Cost / Steps);
        Assert.InRange(times[times.Count * 99 / 100], Cost, 4 * Cost);
        Assert.Equal(1, simulation.MostTimesAside);
        Assert.InRange(simulation.LongestAside, 0, Cost + 1e-3);
        Assert.InRange(simulation.WorstShareOfBound, 0, 1);
    }

    [Fact]
    public void Ten_equal_tenants_stay_equal_where_each_may_be_express()
    {
        const int Seed = 14;
        output.WriteLine($"seed {Seed}");
        var simulation = new PreemptionSimulation(new Random(Seed), Catalogue, steps: 4);
        for (var i = 0; i < 10; i++)
            for (var user = 0; user <= 2 * i; user++)
                simulation.Arrive($"t{i}", 8000 + 500 * i, 1000 + 500 * (i % 4), user: $"u{user}");
        simulation.Run(100_000, boundEvery: 100);

        var jain = FairnessSimulation.Jain([.. simulation.Served.Values]);
        output.WriteLine($"Jain {jain:0.000000}, set aside {simulation.SetAside}, the longest {simulation.LongestAside:0}, worst wait / bound {simulation.WorstShareOfBound:0.000}");
        Assert.InRange(jain, 0.999, 1);
        Assert.Equal(1, simulation.MostTimesAside);
        Assert.InRange(simulation.LongestAside, 0, 2500 + 1e-3);
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
        for (var i = 0; i < 100; i++)
        {
            queue.Add(Job("warm", i, "warm", Million));
            queue.Add(Job("cold", 1000 + i, "cold", Million));
        }
        var served = new List<string>();
        for (var i = 0; i < 40; i++) served.Add(queue.Take(resident: model => model == "warm")!.Model);

        // The warm one gets ahead by the lag and a job, and from then on every other job is the cold one's.
        var lead = (int)(FairShare.AffinityLag / 1_000_000);
        Assert.All(served.Take(lead), model => Assert.Equal("warm", model));
        Assert.InRange(served.Count(model => model == "warm") - served.Count(model => model == "cold"), 1, lead + 2);
    }

    [Fact]
    public void Three_models_in_turn_on_one_device_keep_every_wait_within_its_bound()
    {
        const int Seed = 6;
        output.WriteLine($"seed {Seed}");
        var simulation = new FairnessSimulation(new Random(Seed)) { PrefersItsModel = true };
        // Two and a half times what the device can do, so that before long everybody always has work: the bound is about those who have.
        for (var i = 0; i < 60; i++)
            simulation.Arrive($"t{i % 6}", 24 * Million, Million, speed: (Speed)(i / 5 % 3), weight: 1 + i % 6, user: $"u{i / 6 % 2}", model: $"m{i / 7 % 3}");
        simulation.Run(20_000);
        simulation.Run(60_000, boundEvery: 50);

        output.WriteLine($"worst wait / bound {simulation.WorstShareOfBound:0.000}, waiting at the end {simulation.Waiting}");
        Assert.InRange(simulation.WorstShareOfBound, 0, 1);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void Two_tenants_with_work_differ_by_no_more_than_a_job_each_and_twice_the_lag(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var queue = new FairShare();
        int[] weights = [1, 1 + random.Next(4)];
        var number = 0;
        string inMemory = "m0";
        double[] served = [0, 0];
        double most = double.MinValue, least = double.MaxValue, largest = 0;
        for (var step = 0; step < 20_000; step++)
        {
            for (var tenant = 0; tenant < 2; tenant++)
                while (queue.Waiting.Count(job => job.Job.Tenant.Value == $"t{tenant}") < 6)
                    queue.Add(Job($"t{tenant}", number++, $"m{(random.Next(8) == 0 ? random.Next(2) : tenant)}", random.Next(1, 1_500_000)) with { TenantLimits = new Limits(Weight: weights[tenant]) });
            var next = queue.Take(resident: model => model == inMemory)!;
            inMemory = next.Model;
            var index = next.Job.Tenant.Value == "t0" ? 0 : 1;
            served[index] += FairShare.Charge(next) / weights[index];
            largest = Math.Max(largest, FairShare.Charge(next));
            (most, least) = (Math.Max(most, served[0] - served[1]), Math.Min(least, served[0] - served[1]));
        }

        output.WriteLine($"weights {weights[0]} : {weights[1]}, difference {(most - least) / Million:0.00} credits a weight");
        // The device did stay with its model, or the test would show nothing, and yet within the bound.
        Assert.InRange(most - least, FairShare.AffinityLag, largest / weights[0] + largest / weights[1] + 2 * FairShare.AffinityLag);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    public void Younger_jobs_of_a_model_in_memory_go_before_an_older_one_for_no_more_than_the_lag(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var queue = new FairShare();
        var waiting = new SortedDictionary<int, QueuedJob>();
        var passed = new Dictionary<int, double>();
        var number = 0;
        for (var step = 0; step < 5_000; step++)
        {
            while (waiting.Count < 30)
            {
                waiting[number] = Job("t", number, $"m{(random.Next(10) == 0 ? 1 : 0)}", random.Next(1, 1_500_000));
                queue.Add(waiting[number++]);
            }
            var next = queue.Take(resident: model => model == "m0")!;
            var taken = int.Parse(next.Job.Job.Value["job-".Length..], System.Globalization.CultureInfo.InvariantCulture);
            waiting.Remove(taken);
            foreach (var older in waiting.Keys.TakeWhile(each => each < taken)) passed[older] = passed.GetValueOrDefault(older) + FairShare.Charge(next);
        }

        output.WriteLine($"passed over by at most {passed.Values.Max() / Million:0.00} credits");
        Assert.InRange(passed.Values.Max(), FairShare.AffinityLag / 2, FairShare.AffinityLag);
    }

    [Fact]
    public void A_tenant_that_may_not_be_served_does_not_take_the_preference_from_the_others()
    {
        var queue = new FairShare();
        queue.Add(Job("capped", 1, "cold", 1));
        for (var i = 0; i < 20; i++) queue.Add(Job("a", 100 + i, "cold", 1_000_000));
        for (var i = 0; i < 20; i++) queue.Add(Job("b", 200 + i, "warm", 1_000_000));
        var served = new List<string>();
        // What is capped is the user, so that only a look below the tenant shows that it cannot be served.
        for (var i = 0; i < 40; i++)
            served.Add(queue.Take(open: (level, job) => level != ShareLevel.User || job.Job.Tenant.Value != "capped", resident: model => model == "warm")!.Job.Tenant.Value);

        Assert.Equal(Enumerable.Repeat("b", 5), served.Take(5));
        // And so on to the end: whenever b is not too far ahead, it is its turn.
        Assert.Equal(20, served.Count(tenant => tenant == "a"));
        Assert.InRange(served.Take(30).Count(tenant => tenant == "b"), 15, 20);
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

    private static QueuedJob Job(string tenant, int number, string model, long cost) => new(
        new JobKey(new TenantId(tenant), new JobId($"job-{number}")), "p", "u", model, 1, new Credits(cost), Speed.Fast, null, Limits.None, Limits.None, Limits.None);

    private FairnessSimulation Simulation(int seed)
    {
        output.WriteLine($"seed {seed}");
        return new FairnessSimulation(new Random(seed));
    }
}
