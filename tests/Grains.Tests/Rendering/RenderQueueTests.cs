using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Inference;
using DeviceKind = Vitrine.Grains.Interfaces.DeviceKind;

namespace Vitrine.Grains.Tests;

public sealed class RenderQueueTests
{
    private static readonly ModelCatalogue Catalogue = ModelCatalogue.Load(Path.Combine(TestCluster.RepositoryRoot(), "models"));
    private static readonly string Model = Catalogue.Models.First(model => model.Kind == ModelKind.TextToImage).Name;
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DeviceId Left = new("left", DeviceKind.Cpu, 0), Right = new("right", DeviceKind.Cpu, 0), Fast = new("fast", DeviceKind.Cuda, 0);

    private readonly RenderQueue _queue = new(Catalogue);

    [Fact]
    public void A_renderer_gets_jobs_for_as_many_pictures_as_it_has_room()
    {
        for (var i = 0; i < 5; i++) _queue.Enqueue(Job(i, images: 2));

        Assert.Equal(2, Take(Left, room: 3).Count);
        Assert.Empty(Take(Right, room: 0));
        Assert.Equal((3, 2), (_queue.WaitingCount, _queue.LeasedCount));
    }

    [Fact]
    public void A_renderer_gets_only_models_that_it_can_run()
    {
        _queue.Enqueue(Job(1));

        Assert.Empty(_queue.Take(new RendererOffer(Left, 8, [], ["another"]), Noon));
    }

    [Fact]
    public void A_renderer_that_falls_silent_loses_its_jobs_to_others_after_the_lease_time()
    {
        _queue.Enqueue(Job(1));
        Take(Left);

        Assert.False(_queue.Expire(Noon + RenderQueue.LeaseTime - TimeSpan.FromTicks(1)));
        Assert.True(_queue.Expire(Noon + RenderQueue.LeaseTime));
        Assert.Equal(Job(1).Job, Assert.Single(Take(Right, at: Noon + RenderQueue.LeaseTime)).Job);
        Assert.DoesNotContain(Left, _queue.Live);
    }

    [Fact]
    public void A_renderer_that_speaks_keeps_its_jobs()
    {
        _queue.Enqueue(Job(1));
        Take(Left);
        _queue.Take(new RendererOffer(Left, 0, [Job(1).Job], [Model]), Noon.AddSeconds(7));

        Assert.False(_queue.Expire(Noon.AddSeconds(8)));
        Assert.Empty(Take(Right, at: Noon.AddSeconds(8)));
    }

    [Fact]
    public void What_a_renderer_no_longer_holds_is_free_at_once()
    {
        _queue.Enqueue(Job(1));
        Take(Left);

        Assert.Single(Take(Left));
    }

    [Fact]
    public void A_late_word_about_a_leased_job_does_not_give_it_to_a_second_renderer()
    {
        _queue.Enqueue(Job(1));
        Take(Left);
        _queue.Enqueue(Job(1));
        _queue.Take(new RendererOffer(Left, 4, [Job(1).Job], [Model]), Noon);

        Assert.Empty(Take(Right));
    }

    [Fact]
    public void A_job_that_a_device_had_begun_waits_a_moment_for_that_device_to_say_that_it_still_has_it()
    {
        var begun = Job(1) with { LastDevice = Left.ToString() };
        _queue.Restore(begun, Noon);

        Assert.Empty(Take(Right));
        Assert.Empty(_queue.Take(new RendererOffer(Left, 4, [begun.Job], [Model]), Noon.AddSeconds(1)));
        Assert.Equal((0, 1), (_queue.WaitingCount, _queue.LeasedCount));
        Assert.False(_queue.Expire(Noon.AddSeconds(4)));
    }

    [Fact]
    public void A_job_whose_device_came_back_without_it_is_free_at_once()
    {
        _queue.Restore(Job(1) with { LastDevice = Left.ToString() }, Noon);

        Assert.Single(Take(Left));
    }

    [Fact]
    public void A_job_whose_device_does_not_come_back_is_free_after_the_return_time()
    {
        _queue.Restore(Job(1) with { LastDevice = Left.ToString() }, Noon);

        Assert.False(_queue.Expire(Noon + RenderQueue.ReturnTime - TimeSpan.FromTicks(1)));
        Assert.True(_queue.Expire(Noon + RenderQueue.ReturnTime));
        Assert.Single(Take(Right));
    }

    [Fact]
    public void What_a_lost_device_had_begun_goes_before_what_came_later()
    {
        for (var i = 1; i <= 6; i++) _queue.Enqueue(Job(i));
        Assert.Equal(2, Take(Left, room: 2).Count);
        Assert.True(_queue.Expire(Noon + RenderQueue.LeaseTime));

        Assert.Equal(Enumerable.Range(1, 6).Select(i => Job(i).Job), _queue.Take(new RendererOffer(Right, 6, [], [Model]), Noon + RenderQueue.LeaseTime).Select(job => job.Job));
    }

    [Fact]
    public void What_a_device_gave_back_because_it_failed_there_goes_before_what_came_later()
    {
        for (var i = 1; i <= 3; i++) _queue.Enqueue(Job(i));
        Take(Left, room: 1);
        _queue.Enqueue(Job(1));

        Assert.Equal([Job(1).Job, Job(2).Job, Job(3).Job], Take(Right, room: 3).Select(job => job.Job));
    }

    [Fact]
    public void What_was_read_from_the_store_and_not_claimed_goes_before_what_was_read_after_it()
    {
        _queue.Restore(Job(1) with { LastDevice = Left.ToString() }, Noon);
        _queue.Restore(Job(2), Noon);
        Assert.True(_queue.Expire(Noon + RenderQueue.ReturnTime));

        Assert.Equal([Job(1).Job, Job(2).Job], Take(Right, room: 2).Select(job => job.Job));
    }

    [Fact]
    public void A_job_is_known_once_however_often_it_is_read_from_the_store()
    {
        _queue.Enqueue(Job(1));
        Take(Left);
        _queue.Restore(Job(1), Noon);

        Assert.Equal((0, 1), (_queue.WaitingCount, _queue.LeasedCount));
    }

    [Fact]
    public void A_removed_job_names_the_device_that_must_stop()
    {
        _queue.Enqueue(Job(1));
        _queue.Enqueue(Job(2));
        Take(Left, room: 1);

        Assert.Equal(Left, _queue.Remove(Job(1).Job, rendered: true, Noon));
        Assert.Null(_queue.Remove(Job(2).Job, rendered: true, Noon));
        Assert.Equal((0, 0, false), (_queue.WaitingCount, _queue.LeasedCount, _queue.Knows(Job(1).Job)));
    }

    [Fact]
    public void A_processor_serves_a_model_that_prefers_an_accelerator_only_while_no_accelerator_lives()
    {
        Take(Fast, room: 0);
        _queue.Enqueue(Job(1));

        Assert.Empty(Take(Left));
        _queue.Expire(Noon + RenderQueue.LeaseTime);
        Assert.Single(Take(Left, at: Noon + RenderQueue.LeaseTime));
    }

    [Fact]
    public void An_accelerator_that_cannot_run_the_model_keeps_no_processor_from_it()
    {
        _queue.Take(new RendererOffer(Fast, 8, [], ["another"]), Noon);
        _queue.Enqueue(Job(1));

        Assert.Single(Take(Left));
    }

    [Theory, InlineData("tenant"), InlineData("project"), InlineData("user")]
    public void No_more_jobs_run_at_once_than_the_cap_of_each_level(string level)
    {
        var one = new Limits(Running: 1);
        QueuedJob Capped(int number) => level switch
        {
            "tenant" => Job(number) with { TenantLimits = one },
            "project" => Job(number) with { ProjectLimits = one },
            _ => Job(number) with { UserLimits = one },
        };
        _queue.Enqueue(Capped(1));
        _queue.Enqueue(Capped(2));
        _queue.Enqueue(Job(3, tenant: "other"));

        Assert.Equal([Job(1).Job, Job(3, tenant: "other").Job], Take(Left).Select(job => job.Job).OrderBy(job => job.Job.Value));
        Assert.Empty(_queue.Take(new RendererOffer(Right, 8, [], [Model]), Noon));
        _queue.Remove(Job(1).Job, rendered: true, Noon);
        Assert.Equal(Job(2).Job, Assert.Single(_queue.Take(new RendererOffer(Right, 8, [], [Model]), Noon)).Job);
    }

    [Theory, InlineData("tenant"), InlineData("project/launch"), InlineData("user/ada")]
    public void A_cap_that_is_set_anew_counts_for_what_waits_and_for_what_comes_back(string account)
    {
        for (var i = 1; i <= 3; i++) _queue.Enqueue(Job(i) with { Project = "launch", User = "ada" });
        Assert.Single(Take(Left, room: 1));

        _queue.Relimit(Job(1).Job.Tenant, account, new Limits(Running: 1));
        Assert.Empty(Take(Right));
        // Another's cap changes nothing, nor does another tenant's.
        _queue.Relimit(Job(1, tenant: "other").Job.Tenant, account, new Limits(Running: 9));
        _queue.Relimit(Job(1).Job.Tenant, account is "tenant" ? "user/bob" : account + "x", new Limits(Running: 9));
        Assert.Empty(Take(Right));
        // The device gives back what it had, which waits under the new cap too.
        _queue.Take(new RendererOffer(Left, 0, [], [Model]), Noon);
        Assert.Single(Take(Right));

        _queue.Relimit(Job(1).Job.Tenant, account, new Limits(Running: 2, Weight: 5));
        Assert.Single(_queue.Take(new RendererOffer(Fast with { Kind = DeviceKind.Cpu }, 8, [], [Model]), Noon));
    }

    [Fact]
    public void A_waiting_job_knows_how_many_are_served_before_it()
    {
        for (var i = 0; i < 3; i++) _queue.Enqueue(Job(i));
        Take(Right, room: 0);

        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(i => _queue.Place(Job(i).Job, Noon)!.Position));
        Assert.Null(_queue.Place(Job(9).Job, Noon));
        Take(Left, room: 1);
        Assert.Null(_queue.Place(Job(0).Job, Noon));
        Assert.Equal(0, _queue.Place(Job(1).Job, Noon)!.Position);
    }

    [Fact]
    public void A_job_that_no_live_device_can_render_is_held()
    {
        _queue.Enqueue(Job(1));
        Assert.True(_queue.Place(Job(1).Job, Noon)!.Held);

        Take(Left, room: 0);
        Assert.False(_queue.Place(Job(1).Job, Noon)!.Held);

        _queue.Expire(Noon + RenderQueue.LeaseTime);
        Assert.True(_queue.Place(Job(1).Job, Noon)!.Held);
    }

    [Fact]
    public void An_estimate_is_given_once_the_pool_has_finished_jobs()
    {
        for (var i = 0; i < 4; i++) _queue.Enqueue(Job(i));
        Take(Left, room: 2);
        Assert.Null(_queue.Place(Job(3).Job, Noon)!.Eta);

        _queue.Remove(Job(0).Job, rendered: true, Noon.AddSeconds(1));
        _queue.Remove(Job(1).Job, rendered: true, Noon.AddSeconds(2));

        Assert.Equal(2, _queue.Place(Job(3).Job, Noon)!.Eta!.Value.TotalSeconds, 0.001);
        Assert.Equal(2, _queue.Backlog!.Value.TotalSeconds, 0.001);
    }

    /// <summary>A device makes four pictures at once, each in a second; one tenant may have one job running, the other fills the rest.</summary>
    [Fact]
    public void An_estimate_knows_that_a_cap_on_running_jobs_makes_an_owner_wait_for_itself()
    {
        for (var i = 0; i < 80; i++) _queue.Enqueue(Job(i));
        var now = Noon;
        for (var i = 0; i < 5; i++) Second();
        for (var i = 100; i < 106; i++) _queue.Enqueue(Capped(i, running: 1));
        var announced = Enumerable.Range(100, 6).Select(i => _queue.Place(Capped(i, running: 1).Job, now)!.Eta!.Value.TotalSeconds).ToList();
        var begun = now;
        var took = new List<double>();
        while (took.Count < 6)
        {
            Second();
            if (!_queue.Knows(Capped(100 + took.Count, running: 1).Job)) took.Add((now - begun).TotalSeconds);
        }

        // Without the cap the last of the six would have been there after three seconds.
        Assert.Equal([1, 2, 3, 4, 5, 6], took);
        Assert.All(announced.Zip(took), each => Assert.Equal(each.Second, each.First, 0.25));

        void Second()
        {
            var held = Take(Left, room: 4, at: now);
            now += TimeSpan.FromSeconds(1);
            foreach (var job in held) _queue.Remove(job.Job, rendered: true, now);
        }
    }

    [Fact]
    public void Where_a_cap_lets_nothing_run_no_time_is_promised()
    {
        _queue.Enqueue(Capped(1, running: 1));
        Take(Left, room: 1);
        _queue.Remove(Capped(1, running: 1).Job, rendered: true, Noon.AddSeconds(1));
        for (var i = 2; i < 4; i++) _queue.Enqueue(Capped(i, running: 1));
        Assert.NotNull(_queue.Last(Capped(3, running: 1).Job)!.Eta);
        Take(Left, room: 1, at: Noon.AddSeconds(1));

        // How many of its owner's are before it is not looked at when it is accepted, but when somebody asks.
        Assert.Null(_queue.Last(Capped(3, running: 1).Job)!.Eta);
        Assert.NotNull(_queue.Place(Capped(3, running: 1).Job, Noon.AddSeconds(1))!.Eta);
        _queue.Enqueue(Capped(4, running: 0));
        Assert.Null(_queue.Place(Capped(4, running: 0).Job, Noon.AddSeconds(1))!.Eta);
    }

    [Fact]
    public void An_idle_hour_does_not_make_the_pool_seem_slow()
    {
        for (var i = 0; i < 3; i++) _queue.Enqueue(Job(i));
        Take(Left, room: 2);
        _queue.Remove(Job(0).Job, rendered: true, Noon.AddSeconds(1));
        _queue.Remove(Job(1).Job, rendered: true, Noon.AddSeconds(2));
        Take(Left, room: 0, at: Noon.AddHours(1));

        Assert.Equal(1, _queue.Place(Job(2).Job, Noon.AddHours(1))!.Eta!.Value.TotalSeconds, 0.001);
    }

    [Fact]
    public void An_estimate_is_corrected_by_what_came_of_the_last_ones_and_says_how_sure_it_is()
    {
        // Most jobs take a second, every tenth takes four.
        var now = Noon;
        for (var i = 0; i < 60; i++)
        {
            _queue.Enqueue(Job(i));
            var expected = _queue.Place(Job(i).Job, now)!.Eta;
            Take(Left, at: now);
            now += TimeSpan.FromSeconds(i % 10 == 9 ? 4 : 1);
            Take(Left, room: 0, at: now, holding: [Job(i).Job]);
            _queue.Remove(Job(i).Job, rendered: true, now);
            if (i == 0) Assert.Null(expected);
        }
        _queue.Enqueue(Job(99));
        var place = _queue.Place(Job(99).Job, now)!;

        Assert.True(place.EtaLow <= place.Eta && place.Eta <= place.EtaHigh, $"{place.EtaLow} {place.Eta} {place.EtaHigh}");
        Assert.Equal(1, place.Eta!.Value.TotalSeconds, 0.2);
        Assert.InRange(_queue.EtaError!.Value.High, 0.5, 4);
    }

    [Fact]
    public void A_job_that_was_called_off_says_nothing_about_the_next()
    {
        for (var i = 0; i < 30; i++)
        {
            _queue.Enqueue(Job(i));
            _queue.Place(Job(i).Job, Noon);
            _queue.Remove(Job(i).Job, rendered: false, Noon.AddSeconds(i));
        }

        Assert.Null(_queue.EtaError);
        Assert.Null(_queue.Backlog);
    }

    [Fact]
    public void A_renderer_that_leaves_takes_nothing_and_frees_what_it_no_longer_holds()
    {
        _queue.Enqueue(Job(1));
        _queue.Enqueue(Job(2));
        Take(Left, room: 1);

        Assert.Empty(_queue.Take(new RendererOffer(Left, 8, [], [Model], Leaving: true), Noon));
        Assert.DoesNotContain(Left, _queue.Live);
        Assert.Equal(2, Take(Right).Count);
    }

    [Fact]
    public void A_user_is_capped_across_projects()
    {
        var one = new Limits(Running: 1);
        _queue.Enqueue(Job(1) with { UserLimits = one });
        _queue.Enqueue(Job(2) with { UserLimits = one, Project = "another" });

        Assert.Single(Take(Left));
    }

    [Fact]
    public void A_job_of_a_tenant_that_has_nothing_running_does_not_wait_for_room()
    {
        for (var i = 0; i < 8; i++) _queue.Enqueue(Job(i));
        var running = Take(Left, room: 4);
        _queue.Enqueue(Job(50, tenant: "other"));

        var express = Assert.Single(TakeExpress(Left, running));
        Assert.Equal((Job(50, tenant: "other").Job, true), (express.Job, express.Express));
        Assert.Equal((4, 5), (_queue.WaitingCount, _queue.LeasedCount));
    }

    [Fact]
    public void A_tenant_that_has_something_running_waits_for_room()
    {
        for (var i = 0; i < 8; i++) _queue.Enqueue(Job(i));

        Assert.Empty(TakeExpress(Left, Take(Left, room: 4)));
    }

    [Fact]
    public void A_job_is_express_even_where_there_is_room_and_the_next_of_its_tenant_is_not()
    {
        var running = AFlooderThatRuns(Left);
        _queue.Enqueue(Job(1));
        _queue.Enqueue(Job(2));

        Assert.Equal([true, false], TakeExpress(Left, running, room: 4).Select(job => job.Express));
    }

    [Fact]
    public void Where_nothing_runs_there_is_nobody_to_preempt()
    {
        _queue.Enqueue(Job(1));

        Assert.Empty(TakeExpress(Left, []));
        Assert.False(Assert.Single(TakeExpress(Left, [], room: 4)).Express);
    }

    [Fact]
    public void Nobody_passes_whoever_is_next_to_be_express()
    {
        // What is next is a job of the flooder's: it had less than the other, whose clock is ahead although it has nothing running.
        _queue.Enqueue(Job(1, tenant: "other") with { Cost = new Credits(1_000_000) });
        _queue.Enqueue(Job(2));
        _queue.Enqueue(Job(3));
        _queue.Enqueue(Job(4));
        var first = Take(Left, room: 2);
        Assert.Equal(2, first.Select(job => job.Job.Tenant).Distinct().Count());
        _queue.Enqueue(Job(5, tenant: "other"));
        _queue.Remove(Job(1, tenant: "other").Job, rendered: true, Noon);

        Assert.Empty(TakeExpress(Left, [.. first.Where(job => job.Job.Tenant.Value == "brand")]));
    }

    [Fact]
    public void What_is_done_of_a_long_job_counts_while_it_is_done_also_if_it_is_called_off_later()
    {
        // A picture a second for ten seconds: 1,000 units of work a second are known.
        for (var second = 1; second <= 10; second++)
        {
            _queue.Enqueue(Job(second));
            _queue.Take(new RendererOffer(Left, 4, [], [Model]), Noon.AddSeconds(second - 1));
            _queue.Remove(Job(second).Job, rendered: true, Noon.AddSeconds(second));
        }
        // Then a clip of 100,000 runs for fifty seconds at the same rate and is called off in its middle.
        var clip = Job(50) with { Cost = new Credits(100_000), IsClip = true };
        _queue.Enqueue(clip);
        _queue.Take(new RendererOffer(Left, 4, [], [Model]), Noon.AddSeconds(10));
        for (var second = 1; second <= 50; second++)
            _queue.Take(new RendererOffer(Left, 0, [clip.Job], [Model], Done: new Dictionary<JobKey, double> { [clip.Job] = second / 100.0 }), Noon.AddSeconds(10 + second));
        _queue.Enqueue(Job(51));
        var beside = _queue.Place(Job(51).Job, Noon.AddSeconds(60))!.Eta!.Value;
        _queue.Remove(clip.Job, rendered: false, Noon.AddSeconds(60));
        var after = _queue.Place(Job(51).Job, Noon.AddSeconds(60))!.Eta!.Value;

        // Half of the clip is left, and then nothing of it.
        Assert.InRange(beside.TotalSeconds, 45, 60);
        Assert.InRange(after.TotalSeconds, 0.8, 1.3);
    }

    [Fact]
    public void A_clip_waits_for_room_also_where_it_would_fit()
    {
        var running = AFlooderThatRuns(Left);
        _queue.Enqueue(Job(1) with { IsClip = true });

        Assert.Empty(TakeExpress(Left, running));
        Assert.False(Assert.Single(TakeExpress(Left, running, room: 1)).Express);
    }

    [Fact]
    public void A_job_of_more_pictures_than_the_device_has_express_room_waits_for_room()
    {
        var running = AFlooderThatRuns(Left);
        _queue.Enqueue(Job(1, images: 3));

        Assert.Empty(TakeExpress(Left, running));
        Assert.False(Assert.Single(TakeExpress(Left, running, room: 4)).Express);
    }

    [Fact]
    public void Express_room_is_used_up_by_pictures()
    {
        var running = AFlooderThatRuns(Left);
        for (var i = 0; i < 4; i++) _queue.Enqueue(Job(i, tenant: $"t{i}"));

        Assert.Equal([true, true, false], TakeExpress(Left, running, room: 1).Select(job => job.Express));
    }

    [Fact]
    public void A_cap_holds_for_express_jobs_too()
    {
        var running = AFlooderThatRuns(Left);
        _queue.Enqueue(Job(1) with { TenantLimits = new Limits(Running: 0) });

        Assert.Empty(TakeExpress(Left, running, room: 4));
    }

    [Fact]
    public void Where_another_device_has_room_nothing_is_set_aside()
    {
        var running = AFlooderThatRuns(Left);
        Take(Right, room: 4);
        _queue.Enqueue(Job(1));

        Assert.Empty(TakeExpress(Left, running));
        Assert.Single(TakeExpress(Right, [], room: 4));
    }

    [Fact]
    public void An_express_job_whose_device_is_lost_waits_as_any_other()
    {
        var running = AFlooderThatRuns(Left);
        _queue.Enqueue(Job(1));
        Assert.True(Assert.Single(TakeExpress(Left, running)).Express);
        _queue.Expire(Noon + RenderQueue.LeaseTime);

        Assert.All(Take(Right), job => Assert.False(job.Express));
        Assert.Equal((0, 2), (_queue.WaitingCount, _queue.LeasedCount));
    }

    private IReadOnlyList<QueuedJob> AFlooderThatRuns(DeviceId device)
    {
        _queue.Enqueue(Job(0, tenant: "flooder"));
        return Take(device, room: 1);
    }

    private IReadOnlyList<QueuedJob> TakeExpress(DeviceId device, IReadOnlyList<QueuedJob> holding, int room = 0) =>
        _queue.Take(new RendererOffer(device, room, [.. holding.Select(job => job.Job)], [Model], ExpressRoom: 2), Noon);

    private IReadOnlyList<QueuedJob> Take(DeviceId device, int room = 8, DateTimeOffset? at = null, IReadOnlyList<JobKey>? holding = null) =>
        _queue.Take(new RendererOffer(device, room, holding ?? [], [Model]), at ?? Noon);

    private static QueuedJob Job(int number, int images = 1, string tenant = "brand") => new(
        new JobKey(new TenantId(tenant), new JobId($"job-{number}")), "launch", "ada", Model, images, new Credits(1000), Speed.Fast, null, Limits.None, Limits.None, Limits.None);

    private static QueuedJob Capped(int number, int running) => Job(number, tenant: "capped") with { TenantLimits = new Limits(Running: running) };
}
