using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class QuotaTests(OneSilo silo)
{
    /// <summary>One picture of 8 by 8 pixels in one step.</summary>
    private static readonly Credits Smallest = new(64);

    [Theory, InlineData("tenant"), InlineData("project"), InlineData("user")]
    public async Task Of_64_concurrent_requests_for_the_last_credit_exactly_one_is_accepted(string level)
    {
        var three = new Limits(CreditsPerMonth: new Credits(3 * Smallest.Micro));
        var brand = await silo.Cluster.Tenant($"quota-{level}", level == "tenant" ? three : null, level == "project" ? three : null, level == "user" ? three : null);
        await brand.Submit(Small(brand, 1));
        await brand.End((await brand.Submit(Small(brand, 2))).Key);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => brand.Submit(Small(brand, i))));

        var (accepted, refused) = (outcomes.Where(each => each.Outcome.Refusal is null).ToList(), outcomes.Where(each => each.Outcome.Refusal is not null).ToList());
        Assert.Single(accepted);
        Assert.All(refused, each => Assert.Equal(Refused.QuotaSpent, each.Outcome.Refusal!.Reason));
        await brand.End(accepted[0].Key);
        await Eventually.True(async () => (await silo.Cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None))!.Reserved == Credits.Zero);
        var jobs = await JobFacts.Of(silo.Cluster.Database, brand.Tenant);
        JobFacts.AssertEnded(jobs);
        Assert.Equal(3 * Smallest.Micro, jobs.Sum(job => job.Settled));
    }

    [Fact]
    public async Task A_refused_request_holds_nothing_at_the_levels_that_would_have_allowed_it()
    {
        var brand = await silo.Cluster.Tenant("quota-levels", limits: new Limits(CreditsPerMonth: Credits.Zero), userLimits: new Limits(Queued: 1, ImagesPerMinute: 1));

        for (var i = 0; i < 3; i++) Assert.Equal(Refused.QuotaSpent, (await brand.Submit(Small(brand, i))).Outcome.Refusal!.Reason);
        await silo.Cluster.Grains.Tenant(brand.Tenant).SetLimits(Limits.None, CancellationToken.None);

        Assert.Null((await brand.Submit(Small(brand, 4))).Outcome.Refusal);
    }

    [Fact]
    public async Task Canceling_makes_room_for_another_job()
    {
        var big = new Credits(10L * 50 * 1024 * 1024);
        var brand = await silo.Cluster.Tenant("quota-cancel", limits: new Limits(CreditsPerMonth: big));
        var (first, _) = await brand.Submit(brand.Asks("a red apple", images: 10, steps: 50, side: 1024));
        Assert.Equal(Refused.QuotaSpent, (await brand.Submit(Small(brand, 1))).Outcome.Refusal!.Reason);

        await silo.Cluster.Grains.Job(first).Cancel("testkey", CancellationToken.None)!;

        await Eventually.True(async () => (await brand.Submit(Small(brand, 2))).Outcome.Refusal is null);
    }

    [Fact]
    public async Task A_new_month_brings_a_new_budget()
    {
        var brand = await silo.Cluster.Tenant("quota-month", limits: new Limits(CreditsPerMonth: Smallest));
        await brand.End((await brand.Submit(Small(brand, 1))).Key);
        Assert.Equal(Refused.QuotaSpent, (await brand.Submit(Small(brand, 2))).Outcome.Refusal!.Reason);
        var spent = await silo.Cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None);

        silo.Cluster.Time.Advance(TimeSpan.FromDays(31));
        var fresh = await silo.Cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None);
        var (key, outcome) = await brand.Submit(Small(brand, 3));

        Assert.NotEqual(spent!.Period, fresh!.Period);
        Assert.Equal((Smallest, Credits.Zero), (spent.Settled, fresh.Settled));
        Assert.Null(outcome.Refusal);
        Assert.Equal(fresh.Period, (await brand.End(key)).Period);
    }

    [Fact]
    public async Task No_more_jobs_wait_than_the_queued_cap()
    {
        var brand = await silo.Cluster.Tenant("quota-queued", userLimits: new Limits(Queued: 2, Running: 1));
        var (running, _) = await brand.Submit(brand.Asks("a red apple", images: 10, steps: 50, side: 1024));
        await Eventually.True(async () => (await silo.Cluster.Grains.User(new(brand.Tenant, brand.User)).Account(CancellationToken.None)) is { RunningJobs: 1, QueuedJobs: 0 });
        var waiting = new[] { await brand.Submit(Small(brand, 1)), await brand.Submit(Small(brand, 2)) };

        var (_, refused) = await brand.Submit(Small(brand, 3));

        Assert.All(waiting, each => Assert.Null(each.Outcome.Refusal));
        Assert.Equal(Refused.QueueFull, refused.Refusal!.Reason);
        Assert.NotNull(refused.Refusal.RetryAfter);
        await silo.Cluster.Grains.Job(running).Cancel("testkey", CancellationToken.None)!;
        foreach (var (key, _) in waiting) Assert.Equal(JobState.Succeeded, (await brand.End(key)).State);
    }

    [Theory, InlineData("tenant"), InlineData("project"), InlineData("user")]
    public async Task Never_more_jobs_run_at_once_than_the_running_cap(string level)
    {
        var two = new Limits(Running: 2);
        var brand = await silo.Cluster.Tenant($"running-{level}", level == "tenant" ? two : null, level == "project" ? two : null, level == "user" ? two : null);
        var jobs = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => brand.Submit(brand.Asks("a red apple", seed: i))));

        foreach (var (key, _) in jobs) await brand.End(key);

        await using var command = silo.Cluster.Database.CreateCommand("""
            select coalesce(max(running), 0)::bigint from (
                select sum(case type when 'job.rendering_started' then 1 else -1 end) over (order by seq_id) as running
                from vitrine.mt_events where tenant_id = $1 and type in ('job.rendering_started', 'job.completed')) as each
            """);
        command.Parameters.AddWithValue(brand.Tenant.Value);
        Assert.Equal(2L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Images_per_minute_are_bounded_and_counted_down()
    {
        var brand = await silo.Cluster.Tenant("quota-rate", projectLimits: new Limits(ImagesPerMinute: 3));
        var first = (await brand.Submit(Small(brand, 1, images: 2))).Outcome;
        var second = (await brand.Submit(Small(brand, 2, images: 2))).Outcome;
        var third = (await brand.Submit(Small(brand, 3))).Outcome;

        Assert.Equal((3, 1), (first.Rate!.Limit, first.Rate.Remaining));
        Assert.Equal((Refused.RateExceeded, true), (second.Refusal!.Reason, second.Refusal.RetryAfter > TimeSpan.Zero));
        Assert.Equal(0, third.Rate!.Remaining);
        silo.Cluster.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null((await brand.Submit(Small(brand, 4, images: 3))).Outcome.Refusal);
    }

    [Fact]
    public async Task An_account_that_was_put_away_remembers_what_was_spent()
    {
        var brand = await silo.Cluster.Tenant("quota-fold", limits: new Limits(CreditsPerMonth: new Credits(2 * Smallest.Micro), ImagesPerMinute: 2));
        await brand.End((await brand.Submit(Small(brand, 1))).Key);
        await silo.Cluster.Silos.DeactivateAsync(silo.Cluster.Grains.Tenant(brand.Tenant));

        Assert.Equal(Smallest, (await silo.Cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None))!.Settled);
        Assert.Equal(0, (await brand.Submit(Small(brand, 2))).Outcome.Rate!.Remaining);
        Assert.Equal(Refused.QuotaSpent, (await brand.Submit(Small(brand, 3))).Outcome.Refusal!.Reason);
    }

    [Theory, InlineData("tenant"), InlineData("project"), InlineData("user")]
    public async Task A_refusal_tells_the_room_under_the_limit_that_refuses_and_a_replay_tells_it_too(string level)
    {
        var one = new Limits(ImagesPerMinute: 1);
        var brand = await silo.Cluster.Tenant($"quota-rate-{level}", level == "tenant" ? one : null, level == "project" ? one : null, level == "user" ? one : null);
        var (key, accepted) = await brand.Submit(Small(brand, 1));
        await brand.End(key);

        var (_, refused) = await brand.Submit(Small(brand, 2));
        var (_, replayed) = await brand.Submit(Small(brand, 1), key.Job);

        Assert.Equal((1, 0), (accepted.Rate!.Limit, accepted.Rate.Remaining));
        Assert.Equal((Refused.RateExceeded, 1, 0), (refused.Refusal!.Reason, refused.Rate!.Limit, refused.Rate.Remaining));
        Assert.InRange(refused.Rate.Reset, TimeSpan.FromTicks(1), AccountBalance.RateWindow);
        Assert.Equal((true, 1, 0), (replayed.Replayed, replayed.Rate!.Limit, replayed.Rate.Remaining));
    }

    [Fact]
    public async Task Names_that_nobody_has_do_not_fill_the_silo()
    {
        var brand = await silo.Cluster.Tenant("quota-invented");
        var management = silo.Cluster.Silos.Client.GetGrain<IManagementGrain>(0);
        var before = await management.GetTotalActivationCount();
        for (var i = 0; i < 200; i++)
        {
            Assert.Null(await silo.Cluster.Grains.Authentication().Authenticate(new($"invented-{i}"), new("key"), new string('0', 64)));
            Assert.Null(await silo.Cluster.Grains.Project(new(brand.Tenant, new($"invented-{i}"))).Usage(null, CancellationToken.None));
            Assert.Null(await silo.Cluster.Grains.User(new(brand.Tenant, new($"invented-{i}"))).Get(CancellationToken.None));
        }

        // Of 600 names none is left; what else runs in the silo comes and goes by a few.
        await Eventually.True(async () => await management.GetTotalActivationCount() < before + 50);
    }

    [Fact]
    public async Task A_project_that_was_asked_for_before_it_was_made_is_there_afterwards()
    {
        var brand = await silo.Cluster.Tenant("quota-early");
        var project = silo.Cluster.Grains.Project(new(brand.Tenant, new("early")));
        Assert.Null(await project.Get(CancellationToken.None));
        Assert.Null((await project.Create(new CreateProject("Early", null), CancellationToken.None)).Refusal);
        Assert.Equal("Early", (await project.Get(CancellationToken.None))!.Name);
        Assert.Null((await brand.Submit(Small(brand, 1) with { Project = new("early") })).Outcome.Refusal);
    }

    [Theory, InlineData("tenant"), InlineData("project/launch"), InlineData("user/ada")]
    public async Task An_account_that_was_opened_elsewhere_finds_out_and_goes_on(string account)
    {
        var brand = await silo.Cluster.Tenant($"quota-fenced-{account[..4]}", limits: new Limits(CreditsPerMonth: new Credits(2 * Smallest.Micro)));
        await brand.End((await brand.Submit(Small(brand, 1))).Key);
        var now = silo.Cluster.Time.GetUtcNow();
        await new AccountReader(silo.Cluster.Database).Open(brand.Tenant, account, AccountGrain.PeriodOf(now), now, CancellationToken.None);

        var (key, outcome) = await brand.Submit(Small(brand, 2));

        Assert.Null(outcome.Refusal);
        await brand.End(key);
        Assert.Equal(Refused.QuotaSpent, (await brand.Submit(Small(brand, 3))).Outcome.Refusal!.Reason);
    }

    private static SubmitJob Small(TestTenant brand, int seed, int images = 1) => brand.Asks("a red apple", images, seed, steps: 1, side: 8);
}
