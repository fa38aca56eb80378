using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class SubmitJobTests(OneSilo silo)
{
    [Fact]
    public async Task Eight_concurrent_requests_with_one_id_make_one_job_and_get_one_answer()
    {
        var brand = await silo.Cluster.Tenant("submit-eight");
        var id = JobId.New();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => brand.Submit(brand.Asks("a red apple"), id)));

        Assert.All(outcomes, each => Assert.Null(each.Outcome.Refusal));
        Assert.Single(outcomes, each => !each.Outcome.Replayed);
        Assert.Single(outcomes.Select(each => (each.Outcome.Job!.Id, each.Outcome.Job.Seed, each.Outcome.Job.ReservedMicro)).Distinct());
        await brand.End(outcomes[0].Key);
        var job = Assert.Single(await JobFacts.Of(silo.Cluster.Database, brand.Tenant));
        Assert.Equal((1, 1), (job.Accepted, job.Ended));
    }

    [Fact]
    public async Task Another_request_under_the_same_id_is_a_mismatch_and_changes_nothing()
    {
        var brand = await silo.Cluster.Tenant("submit-mismatch");
        var (key, _) = await brand.Submit(brand.Asks("a red apple"));
        var done = await brand.End(key);

        var (_, second) = await brand.Submit(brand.Asks("a red apple", digest: "another body"), key.Job);

        Assert.Equal((Refused.IdempotencyMismatch, (JobView?)null), (second.Refusal!.Reason, second.Job));
        Assert.Equal(done.Revision, (await brand.Job(key))!.Revision);
    }

    [Fact]
    public async Task A_finished_job_answers_its_request_again_even_from_the_store()
    {
        var brand = await silo.Cluster.Tenant("submit-replay");
        var (key, _) = await brand.Submit(brand.Asks("a red apple"));
        var done = await brand.End(key);
        await silo.Cluster.Silos.DeactivateAsync(silo.Cluster.Grains.Job(key));

        var (_, again) = await brand.Submit(brand.Asks("a red apple"), key.Job);

        Assert.True(again.Replayed);
        Assert.Equal(JsonSerializer.Serialize(done), JsonSerializer.Serialize(again.Job));
    }

    [Fact]
    public async Task A_blocked_prompt_is_recorded_costs_nothing_and_is_blocked_again()
    {
        var brand = await silo.Cluster.Tenant("submit-blocked", limits: new Limits(ImagesPerMinute: 1));
        var (key, first) = await brand.Submit(brand.Asks("a nude woman"));

        var (_, again) = await brand.Submit(brand.Asks("a nude woman"), key.Job);

        Assert.Equal((Refused.ModerationBlocked, false), (first.Refusal!.Reason, first.Replayed));
        Assert.Equal((first.Refusal.Sentence, true), (again.Refusal!.Sentence, again.Replayed));
        Assert.NotEmpty(first.Refusal.Rules!);
        Assert.Equal(["job.prompt_submitted", "job.prompt_screened", "job.refused"], await brand.Events(key.Job.Value));
        Assert.Equal((Credits.Zero, Credits.Zero), (await silo.Cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None)) is var account ? (account!.Settled, account.Reserved) : default);
        Assert.Null((await brand.Submit(brand.Asks("a red apple"))).Outcome.Refusal);
    }

    [Fact]
    public async Task What_the_model_cannot_do_is_refused_and_not_recorded()
    {
        var brand = await silo.Cluster.Tenant("submit-refused");

        var (key, outcome) = await brand.Submit(brand.Asks("a red apple", steps: 51));

        Assert.Equal((Refused.InvalidValue, "steps"), (outcome.Refusal!.Reason, outcome.Refusal.Field));
        Assert.Null(await brand.Job(key));
        Assert.Empty(await JobFacts.Of(silo.Cluster.Database, brand.Tenant));
    }

    [Fact]
    public async Task A_project_that_does_not_exist_accepts_nothing()
    {
        var brand = await silo.Cluster.Tenant("submit-no-project");

        var (key, outcome) = await brand.Submit(brand.Asks("a red apple") with { Project = new ProjectId("nowhere") });

        Assert.Equal(Refused.NotFound, outcome.Refusal!.Reason);
        Assert.Null(await brand.Job(key));
    }

    [Fact]
    public async Task A_project_uses_only_the_models_on_its_list()
    {
        var brand = await silo.Cluster.Tenant("submit-models");
        await silo.Cluster.Grains.Project(new(brand.Tenant, new("narrow"))).Create(new CreateProject("Narrow", ["another-model"]), CancellationToken.None);

        var (_, outcome) = await brand.Submit(brand.Asks("a red apple") with { Project = new ProjectId("narrow") });

        Assert.Equal((Refused.ModelNotFound, "model"), (outcome.Refusal!.Reason, outcome.Refusal.Field));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_pixels_in_any_company()
    {
        var brand = await silo.Cluster.Tenant("submit-pixels");
        var (alone, _) = await brand.Submit(brand.Asks("a red apple", seed: 11));
        var first = (await brand.End(alone)).Assets.Single().PixelSha256;

        var keys = new List<JobKey>();
        for (var i = 0; i < 4; i++) keys.Add((await brand.Submit(brand.Asks("a red apple", images: 2, seed: 10 + i, steps: i == 1 ? null : 3 + i))).Key);
        var together = await Task.WhenAll(keys.Select(brand.End));

        Assert.Equal(first, together[1].Assets[0].PixelSha256);
        Assert.Equal(first, (await brand.End((await brand.Submit(brand.Asks("a red apple", images: 2, seed: 10))).Key)).Assets[1].PixelSha256);
    }
}
