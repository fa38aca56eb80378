using CsCheck;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;

namespace Vitrine.Grains.Tests;

public sealed class FairShareTests
{
    [Fact]
    public void Jobs_of_one_user_are_served_in_the_order_in_which_they_came()
    {
        var queue = Queue(Job("a", 1), Job("a", 2), Job("a", 3));

        Assert.Equal([1, 2, 3], Serve(queue).Select(Number));
    }

    [Fact]
    public void Weights_of_one_two_and_four_share_by_one_two_and_four()
    {
        var queue = Queue([.. from tenant in new[] { ("a", 1), ("b", 2), ("c", 4) } from i in Enumerable.Range(0, 1000) select Job(tenant.Item1, i, weight: tenant.Item2)]);

        var served = Serve(queue).Take(1400).CountBy(job => job.Job.Tenant.Value).ToDictionary();

        Assert.InRange(served["a"], 200 * 0.98, 200 * 1.02);
        Assert.InRange(served["b"], 400 * 0.98, 400 * 1.02);
        Assert.InRange(served["c"], 800 * 0.98, 800 * 1.02);
    }

    [Theory, InlineData("tenant"), InlineData("project"), InlineData("user")]
    public void Each_level_shares_by_its_own_weights(string level)
    {
        QueuedJob At(string name, int i, int weight) => level switch
        {
            "tenant" => Job(name, i, weight: weight),
            "project" => Job("t", i, project: name) with { ProjectLimits = new Limits(Weight: weight) },
            _ => Job("t", i, user: name) with { UserLimits = new Limits(Weight: weight) },
        };
        var queue = Queue([.. Enumerable.Range(0, 500).SelectMany(i => new[] { At("a", i, 1), At("b", 10_000 + i, 3) })]);

        var first = Serve(queue).Take(400).Count(job => Number(job) < 10_000);

        Assert.InRange(first, 100 * 0.98, 100 * 1.02);
    }

    /// <summary>The bound that <see cref="FairShare"/> states, over every stretch in which both have work. CsCheck prints the seed.</summary>
    [Fact]
    public void Two_with_work_never_differ_by_more_than_one_job_of_each()
    {
        var costs = Gen.Long[1, 1000].Array[40, 120];
        Gen.Select(costs, costs, Gen.Int[1, 8], Gen.Int[1, 8]).Sample((a, b, wa, wb) =>
        {
            var queue = Queue([.. a.Select((cost, i) => Job("a", i, cost, wa)), .. b.Select((cost, i) => Job("b", i, cost, wb))]);
            var bound = a.Max() / (double)wa + b.Max() / (double)wb;
            double ahead = 0, least = 0, most = 0;
            while (queue.Waiting.Select(job => job.Job.Tenant).Distinct().Count() == 2)
            {
                var next = queue.Take(_ => true)!;
                ahead += next.Job.Tenant.Value == "a" ? next.Cost.Micro / (double)wa : -next.Cost.Micro / (double)wb;
                (least, most) = (Math.Min(least, ahead), Math.Max(most, ahead));
            }
            return most - least <= bound + 1e-6;
        }, iter: 200);
    }

    [Fact]
    public void A_flooder_delays_a_light_user_by_no_more_than_the_bound()
    {
        Gen.Select(Gen.Int[0, 400], Gen.Long[1, 500], Gen.Long[1, 500]).Sample((servedBefore, heavy, light) =>
        {
            var queue = Queue([.. Enumerable.Range(0, 500).Select(i => Job("flooder", i, heavy))]);
            for (var i = 0; i < servedBefore; i++) queue.Take(_ => true);
            queue.Add(Job("light", 1, light));
            long waited = 0;
            while (queue.Take(_ => true)!.Job.Tenant.Value != "light") waited += heavy;
            return waited <= heavy + light;
        }, iter: 100);
    }

    /// <summary>Of the newest job the bound follows from a sum that is kept; once another came, from a walk over all that wait. CsCheck prints the seed.</summary>
    [Fact]
    public void The_bound_of_the_newest_job_is_the_same_once_another_has_come_behind_it()
    {
        var work = Gen.Select(Gen.Long[1, 1000], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3]).Array[1, 80];
        Gen.Select(work, Gen.Enum<Speed>()).Sample((jobs, speed) =>
        {
            QueuedJob Of(int i, long cost, int tenant) => Job($"t{tenant}", i, cost, weight: tenant + 1) with { Speed = speed };
            var queue = new FairShare();
            foreach (var (i, (cost, tenant, other, act)) in jobs.Select((job, i) => (i, job)))
            {
                queue.Add(Of(i, cost, tenant));
                if (act == 0) queue.Take(_ => true);
                if (act == 1) queue.Remove(Of(other, 1, tenant).Job);
            }
            var newest = Of(1000, 7, 0);
            queue.Add(newest);
            var bound = queue.WaitBound(newest.Job, FairShare.AffinityLag);
            queue.Add(Of(1001, 3, 0));
            return Math.Abs(queue.WaitBound(newest.Job, FairShare.AffinityLag) - bound) <= 1e-9 * bound;
        }, iter: 500);
    }

    [Fact]
    public void Idleness_saves_nothing_up()
    {
        var queue = Queue([.. Enumerable.Range(0, 300).Select(i => Job("busy", i)), Job("idler", 0)]);
        for (var i = 0; i < 200; i++) queue.Take(_ => true);
        for (var i = 1; i <= 100; i++) queue.Add(Job("idler", i));

        var idler = Serve(queue).Take(100).Count(job => job.Job.Tenant.Value == "idler");

        Assert.InRange(idler, 49, 51);
    }

    [Fact]
    public void Turbo_is_served_twice_as_often_and_relax_half_as_often_at_the_same_price_per_picture()
    {
        var pixels = 1000;
        var queue = Queue([.. Enumerable.Range(0, 700).SelectMany(i => new[]
        {
            Job("fast", i, pixels), Job("turbo", i, 2 * pixels) with { Speed = Speed.Turbo }, Job("relax", i, pixels / 2) with { Speed = Speed.Relax },
        })]);

        var served = Serve(queue).Take(700).CountBy(job => job.Job.Tenant.Value).ToDictionary();

        Assert.InRange(served["fast"], 198, 202);
        Assert.InRange(served["turbo"], 398, 402);
        Assert.InRange(served["relax"], 98, 102);
    }

    [Fact]
    public void A_job_that_may_not_run_now_is_passed_over_and_keeps_its_place()
    {
        var queue = Queue(Job("a", 1), Job("a", 2) with { Model = "other" }, Job("b", 3));

        Assert.Equal(2, Number(queue.Take(model => model == "other")!));
        Assert.Null(queue.Take(model => model == "other"));
        Assert.Equal([1, 3], Serve(queue).Select(Number).Order());
    }

    [Fact]
    public void Adding_a_job_that_waits_already_changes_nothing()
    {
        var queue = Queue(Job("a", 1), Job("a", 1));

        Assert.Equal((1, true), (queue.Count, queue.Contains(Job("a", 1).Job)));
    }

    [Fact]
    public void The_announced_order_is_the_order_of_service()
    {
        var step = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Long[1, 9], Gen.Int[1, 3]);
        step.Array[1, 80].Sample(steps =>
        {
            var queue = Run(steps);
            var announced = queue.Order(1000).Select(Number).ToList();
            return announced.SequenceEqual(Serve(queue).Select(Number));
        }, iter: 2000);
    }

    [Fact]
    public void Adding_taking_and_removing_keep_the_count()
    {
        var step = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Long[1, 9], Gen.Int[1, 3]);
        step.Array[1, 80].Sample(steps =>
        {
            var queue = Run(steps);
            var (count, waiting) = (queue.Count, queue.Waiting.Count());
            return count == waiting && Serve(queue).Count() == count && queue.Count == 0;
        }, iter: 1000);
    }

    /// <summary>Devices are lost with what they had begun. Whatever order it comes back in, the order of service is the one that there was before it was taken.</summary>
    [Fact]
    public void Jobs_that_come_back_are_served_as_if_they_had_not_been_taken()
    {
        // Weights and costs whose quotients binary numbers hold exactly: two that are due at once stay so.
        var job = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1], Gen.Long[1, 9], Gen.Int[0, 2]);
        Gen.Select(job.Array[1, 60], Gen.Int[0, 40], Gen.Int[0, 1000]).Sample((jobs, taken, shuffle) =>
        {
            var (queue, number, weights) = (new FairShare(), 0, new[] { 1, 2, 4 });
            foreach (var (tenant, user, cost, _) in jobs) queue.Add(Job($"t{tenant}", number++, cost, weights[tenant], user: $"u{user}"));
            // Nobody is emptied: who idles is brought to the present time when more comes.
            foreach (var tenant in Enumerable.Range(0, 3))
                foreach (var user in Enumerable.Range(0, 2)) queue.Add(Job($"t{tenant}", number++, 1, weights[tenant], user: $"u{user}"));
            var announced = queue.Order(1000).Select(Number).ToList();

            var away = new List<(QueuedJob Job, SharePlace Place)>();
            while (away.Count < taken && queue.TakePlaced(when: next => Number(next) < jobs.Length) is { } next) away.Add(next);
            var random = new Random(shuffle);
            foreach (var (back, place) in away.OrderBy(_ => random.Next())) queue.Return(back, place);

            return announced.SequenceEqual(Serve(queue).Select(Number));
        }, iter: 2000);
    }

    [Fact]
    public void A_job_that_comes_back_to_an_emptied_queue_goes_before_what_came_meanwhile_and_is_charged_once()
    {
        var queue = Queue(Job("a", 1), Job("b", 2));
        var first = queue.TakePlaced()!.Value;
        Assert.Equal(2, Number(queue.Take()!));
        queue.Add(Job("a", 3));
        queue.Add(Job("b", 4));
        queue.Return(first.Job, first.Place);

        Assert.Equal([1, 3, 4], Serve(queue).Select(Number));
    }

    [Fact]
    public void A_place_can_be_kept_for_a_job_that_does_not_wait_yet()
    {
        var queue = Queue(Job("a", 1));
        var place = queue.Reserve(Job("a", 2));
        queue.Add(Job("a", 3));
        queue.Return(Job("a", 2), place);

        Assert.Equal([1, 2, 3], Serve(queue).Select(Number));
    }

    [Fact]
    public void Nothing_is_remembered_of_those_who_left_once_the_queue_was_empty()
    {
        var queue = new FairShare();
        for (var i = 0; i < 1000; i++)
        {
            queue.Add(Job($"t{i}", i));
            queue.Take(_ => true);
        }

        Assert.Equal(0, queue.Remembered);
    }

    [Fact]
    public void Those_who_left_are_forgotten_while_others_wait()
    {
        var queue = new FairShare();
        for (var i = 0; i < 2000; i++)
        {
            queue.Add(Job($"t{i % 500}", i));
            queue.Add(Job("busy", 10_000 + i));
            queue.Take(_ => true);
            queue.Take(_ => true);
            if (i == 0) queue.Add(Job("busy", 50_000));
        }
        for (var i = 0; i < 3; i++) queue.Add(Job("busy", 60_000 + i));
        while (queue.Count > 1) queue.Take(_ => true);

        Assert.InRange(queue.Remembered, 1, 20);
    }

    private static FairShare Run((int What, int Tenant, int User, long Cost, int Weight)[] steps)
    {
        var (queue, number) = (new FairShare(), 0);
        foreach (var (what, tenant, user, cost, weight) in steps)
        {
            if (what <= 1) queue.Add(Job($"t{tenant}", number++, cost, weight, user: $"u{user}"));
            else if (what == 2) queue.Take(_ => true);
            else if (queue.Count > 0) queue.Remove(queue.Waiting.ElementAt(number % queue.Count).Job);
        }
        return queue;
    }

    private static FairShare Queue(params QueuedJob[] jobs)
    {
        var queue = new FairShare();
        foreach (var job in jobs) queue.Add(job);
        return queue;
    }

    private static IEnumerable<QueuedJob> Serve(FairShare queue)
    {
        while (queue.Take(_ => true) is { } next) yield return next;
    }

    private static int Number(QueuedJob job) => int.Parse(job.Job.Job.Value.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static QueuedJob Job(string tenant, int number, long cost = 100, int? weight = null, string project = "p", string user = "u") => new(
        new JobKey(new TenantId(tenant), new JobId($"job-{number}")), project, user, "sticker", 1, new Credits(cost), Speed.Fast, null, new Limits(Weight: weight), Limits.None, Limits.None);
}
