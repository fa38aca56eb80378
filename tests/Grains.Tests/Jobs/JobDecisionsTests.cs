using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Inference;
using Vitrine.Policies;

namespace Vitrine.Grains.Tests;

public sealed class JobDecisionsTests
{
    private static readonly ModelCatalogue Catalogue = ModelCatalogue.Load(Path.Combine(TestCluster.RepositoryRoot(), "models"));
    private static readonly ModelCard Model = Catalogue.Models.First(model => model.Kind == ModelKind.TextToImage);
    private static readonly long Side = Model.NativeSize;
    private static readonly Principal Ada = new(new TenantId("brand"), new KeyId("key"), Scopes.Generate, new ProjectId("launch"), new UserId("ada"));
    private static readonly SubmitJob Plain = new(
        Ada, Ada.Project!.Value, Ada.User, null, "digest", "native", "a red fox", null, null, 1, null, null, null, null, null, PictureFormat.Png, 100, Speed.Fast, 0, null, RandomSeed: 42);

    [Fact]
    public void A_plain_request_gets_the_defaults_of_the_first_model_and_the_seed_of_the_edge()
    {
        var accepted = Resolved(Plain);

        Assert.Equal(
            new JobAccepted(Model.Name, Model.Version, Model.Digest, Model.NativeSize, Model.NativeSize, 42, Model.Steps.Default, Model.Guidance.Default, PictureFormat.Png, 100, Speed.Fast, 0, JobHistory.Noon, Model.PriceFactor),
            accepted);
    }

    [Fact]
    public void What_the_caller_says_stands()
    {
        var accepted = Resolved(Plain with { Model = Model.Name, Width = 512, Height = 8, Seed = 0, Steps = 2, Guidance = 1.5f, Format = PictureFormat.Jpeg, Quality = 80, Speed = Speed.Relax, Previews = 1 });

        Assert.Equal((512, 8, 0L, 2, 1.5f, PictureFormat.Jpeg, 80, Speed.Relax, 1),
            (accepted.Width, accepted.Height, accepted.Seed, accepted.Steps, accepted.Guidance, accepted.Format, accepted.Quality, accepted.Speed, accepted.Previews));
    }

    [Fact]
    public void A_negative_prompt_takes_the_steps_that_it_needs_and_costs_two_evaluations_a_step()
    {
        var asked = Plain with { NegativePrompt = "blurry" };

        Assert.Equal(Model.NegativePromptSteps!.Default, Resolved(asked).Steps);
        Assert.Equal(new Credits(2L * 16 * Side * Side), JobDecisions.Cost(asked, Resolved(asked)));
        Assert.Equal("steps", Refused(asked with { Steps = Model.NegativePromptSteps.Min - 1 }).Field);
    }

    [Fact]
    public void Previews_are_fewer_than_steps() => Assert.Equal(1, Resolved(Plain with { Steps = 2, Previews = 3 }).Previews);

    [Theory]
    [InlineData(0, "n"), InlineData(-1, "n"), InlineData(11, "n")]
    public void One_to_ten_pictures_can_be_asked_for(int images, string field) => Assert.Equal(field, Refused(Plain with { Images = images }).Field);

    [Theory]
    [InlineData(0), InlineData(4), InlineData(65), InlineData(1032), InlineData(-64), InlineData(int.MaxValue)]
    public void Sides_are_multiples_of_eight_from_8_to_1024(int side)
    {
        Assert.Equal("size", Refused(Plain with { Width = side }).Field);
        Assert.Equal("size", Refused(Plain with { Height = side }).Field);
    }

    [Fact]
    public void A_catalogue_may_offer_fewer_sizes_and_the_refusal_says_which()
    {
        var folder = Directory.CreateTempSubdirectory("vitrine-catalogue-").FullName;
        try
        {
            foreach (var model in Catalogue.Models)
                Directory.CreateDirectory(Path.Combine(folder, Path.GetFileName(model.Folder)));
            var yaml = File.ReadAllText(Path.Combine(Catalogue.Folder, ModelCatalogue.FileName));
            File.WriteAllText(Path.Combine(folder, ModelCatalogue.FileName), yaml.Replace("{ min: 8, max: 1024, multiple: 8 }", "{ min: 64, max: 512, multiple: 64 }", StringComparison.Ordinal));
            var small = ModelCatalogue.Load(folder);

            Assert.Equal("Sides are multiples of 64 from 64 to 512.", JobDecisions.Resolve(Plain with { Width = 1024, Height = 512 }, small, JobHistory.Noon).Refusal!.Sentence);
            Assert.Equal("size", JobDecisions.Resolve(Plain with { Width = 72, Height = 64 }, small, JobHistory.Noon).Refusal!.Field);
            Assert.Equal((512, 64), JobDecisions.Resolve(Plain with { Width = 512, Height = 64 }, small, JobHistory.Noon).Accepted is { } accepted ? (accepted.Width, accepted.Height) : default);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(0), InlineData(51), InlineData(-1)]
    public void Steps_are_those_of_the_model(int steps) => Assert.Equal("steps", Refused(Plain with { Steps = steps }).Field);

    [Theory]
    [InlineData(0.5f), InlineData(6.5f), InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void Guidance_is_that_of_the_model(float guidance) => Assert.Equal("guidance", Refused(Plain with { Guidance = guidance }).Field);

    [Fact]
    public void Every_picture_of_a_job_has_a_seed_of_its_own()
    {
        Assert.Equal("seed", Refused(Plain with { Seed = -1 }).Field);
        Assert.Equal("seed", Refused(Plain with { Seed = long.MaxValue - 9 }).Field);
        Assert.Equal(long.MaxValue - 10, Resolved(Plain with { Seed = long.MaxValue - 10 }).Seed);
    }

    [Theory]
    [InlineData("gpt-image-1"), InlineData("esrgan-slim-x2"), InlineData(""), InlineData("\u0007\ud800")]
    public void Only_a_model_that_draws_from_text_is_a_model(string name)
    {
        var refusal = Refused(Plain with { Model = name });

        Assert.Equal((Interfaces.Refused.ModelNotFound, "model"), (refusal.Reason, refusal.Field));
        Assert.DoesNotContain(refusal.Sentence, c => char.IsControl(c) || char.IsSurrogate(c));
    }

    [Fact]
    public void The_price_is_one_micro_credit_for_each_image_step_pixel_times_speed()
    {
        Credits Cost(SubmitJob asked) => JobDecisions.Cost(asked, Resolved(asked));

        Assert.Equal(new Credits(3L * 4 * Side * Side), Cost(Plain with { Images = 3 }));
        Assert.Equal(new Credits(3L * 4 * Side * Side * 2), Cost(Plain with { Images = 3, Speed = Speed.Turbo }));
        Assert.Equal(new Credits(3L * 4 * Side * Side / 2), Cost(Plain with { Images = 3, Speed = Speed.Relax }));
        Assert.Equal(new Credits(10L * 50 * 1024 * 1024), Cost(Plain with { Images = 10, Steps = 50, Width = 1024, Height = 1024 }));
    }

    [Theory, InlineData(1), InlineData(2.5), InlineData(0)]
    public void Whoever_has_the_events_of_an_acceptance_can_make_its_price_again(double factor)
    {
        var asked = Plain with { Images = 3, NegativePrompt = "blurry", Speed = Speed.Relax };
        var accepted = Resolved(asked) with { PriceFactor = (decimal)factor };
        var decision = new PromptDecision.Allowed([], "sha256:prompt");

        var events = JobDecisions.Accept(asked, decision, "sha256:policy", accepted, "2026-03", JobDecisions.Cost(asked, accepted));

        Assert.Equal(events.OfType<CreditsReserved>().Single().Micro, JobDecisions.Cost(events.OfType<PromptSubmitted>().Single(), events.OfType<JobAccepted>().Single()).Micro);
    }

    [Fact]
    public void A_blocked_prompt_is_recorded_with_its_rules_and_reserves_nothing()
    {
        var decision = new PromptDecision.Blocked([new MatchedRule("rule", "category", RuleSeverity.Block, "Not this.", "law")], "sha256:prompt", "category", "Not this.");

        var (events, refusal) = JobDecisions.Blocked(Plain, decision, "sha256:policy", JobHistory.Noon)!.Value;

        Assert.Equal([typeof(PromptSubmitted), typeof(PromptScreened), typeof(JobRefused)], events.Select(e => e.GetType()));
        Assert.Equal((Interfaces.Refused.ModerationBlocked, "Not this.", "prompt"), (refusal.Reason, refusal.Sentence, refusal.Field));
        Assert.Equal(["rule"], refusal.Rules!);
        Assert.Equal((JobState.Failed, 0L, false), (JobHistory.Fold(events).State, JobHistory.Fold(events).ReservedMicro, JobHistory.Fold(events).WasAccepted));
        Assert.Null(JobDecisions.Blocked(Plain, new PromptDecision.Allowed([], "sha256:prompt"), "sha256:policy", JobHistory.Noon));
    }

    [Fact]
    public void The_same_request_again_gets_the_same_answer_and_another_one_a_mismatch()
    {
        var (done, blocked) = (JobHistory.AJobThatIsDone, JobHistory.ARefusedPrompt);

        Assert.Equal(new SubmitOutcome(done, null, true, null), JobDecisions.Replay(done, Plain));
        Assert.Equal(new SubmitOutcome(null, blocked.Refusal, true, null), JobDecisions.Replay(blocked, Plain));
        var mismatch = JobDecisions.Replay(done, Plain with { RequestDigest = "another" });
        Assert.Equal((null, Interfaces.Refused.IdempotencyMismatch, false), (mismatch.Job, mismatch.Refusal?.Reason, mismatch.Replayed));
    }

    [Fact]
    public void A_result_completes_the_job_for_what_was_reserved()
    {
        var finished = Assert.IsType<JobCompleted>(Assert.Single(JobDecisions.Finish(JobHistory.AJobThatIsRendering, 1, new RenderResult([JobHistory.Asset(0)], null, false), JobHistory.Noon)));

        Assert.Equal((1, 1000L, 0L), (finished.Attempt, finished.SettledMicro, finished.ReleasedMicro));
    }

    [Fact]
    public void A_failure_that_may_pass_is_tried_three_times_and_then_the_job_counts_as_poisoned()
    {
        var events = new List<object>(JobHistory.Accepted);
        for (var attempt = 1; attempt <= JobDecisions.MaxFailures; attempt++)
        {
            events.Add(JobHistory.Started with { Attempt = attempt });
            events.AddRange(JobDecisions.Finish(JobHistory.Fold(events), attempt, new RenderResult([], new Failure("render_failed", "No."), true), JobHistory.Noon));
            Assert.Equal(attempt < JobDecisions.MaxFailures ? JobState.Queued : JobState.Failed, JobHistory.Fold(events).State);
        }
        Assert.Equal("poisoned", JobHistory.Fold(events).Failure!.Code);
        Assert.Equal(1000, Assert.IsType<JobFailed>(events[^1]).ReleasedMicro);
    }

    [Fact]
    public void A_failure_that_cannot_pass_ends_the_job_at_once_and_releases_all()
    {
        var failed = Assert.IsType<JobFailed>(Assert.Single(JobDecisions.Finish(JobHistory.AJobThatIsRendering, 1, new RenderResult([], new Failure("storage_full", "No room."), false), JobHistory.Noon)));

        Assert.Equal(("storage_full", 1000L), (failed.Failure.Code, failed.ReleasedMicro));
    }

    [Fact]
    public void A_picture_that_the_output_policy_blocks_ends_the_job_at_once_with_the_decision_and_costs_nothing()
    {
        var rendering = JobHistory.AJobThatIsRendering;
        var events = JobDecisions.Finish(rendering, 1, JobHistory.BlockedResult, JobHistory.Noon);

        var blocked = Assert.IsType<OutputBlocked>(events[0]);
        Assert.Equal((1, 1, JobHistory.Forbidden), (blocked.Attempt, blocked.Image, blocked.Screening));
        Assert.Equal(1000L, Assert.IsType<JobFailed>(events[1]).ReleasedMicro);
        var job = Job.Apply(Job.Apply(rendering, JobHistory.Id, events[0]), JobHistory.Id, events[1])!;
        Assert.Equal((JobState.Failed, "output_blocked", Credits.Zero, rendering.Revision + 2), (job.State, job.Failure!.Code, job.Settled!.Value, job.Revision));
    }

    private static JobAccepted Resolved(SubmitJob asked)
    {
        var (accepted, refusal) = JobDecisions.Resolve(asked, Catalogue, JobHistory.Noon);
        Assert.Null(refusal);
        return accepted!;
    }

    private static Refusal Refused(SubmitJob asked)
    {
        var (accepted, refusal) = JobDecisions.Resolve(asked, Catalogue, JobHistory.Noon);
        Assert.Null(accepted);
        return refusal!;
    }
}
