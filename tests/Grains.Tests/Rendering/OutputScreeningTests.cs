using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Policies;
using Vitrine.Inference;
using Vitrine.Policies;

namespace Vitrine.Grains.Tests;

/// <summary>From rendering to storage with the real classifier. The picture is harmless; the policy of a test forbids what the classifier takes it for.</summary>
[Collection(nameof(OneSilo))]
public sealed class OutputScreeningTests : IDisposable
{
    private readonly TestCluster _cluster;
    private readonly PoliciesInForce _inForce;
    private readonly PolicySet _shipped;

    public OutputScreeningTests(OneSilo silo)
    {
        _cluster = silo.Cluster;
        _inForce = _cluster.Services.GetRequiredService<PoliciesInForce>();
        _shipped = _inForce.Current;
    }

    // Other tests have this silo after us.
    public void Dispose() => _inForce.Replace(_shipped);

    [Fact]
    public async Task A_blocked_picture_fails_its_job_costs_nothing_and_leaves_no_byte_and_its_decision_is_recorded()
    {
        var brand = await _cluster.Tenant("blocked-output", new Limits(CreditsPerMonth: new Credits(1_000_000_000)));
        var forbidding = PoliciesThatForbidEverything();
        _inForce.Replace(forbidding);

        var (key, outcome) = await brand.Submit(brand.Asks("a red apple, 3d style", images: 2, previews: 2, steps: 4));
        var job = await brand.End(key);

        Assert.Null(outcome.Refusal);
        Assert.Equal((JobState.Failed, "output_blocked", "It is forbidden.", Credits.Zero, 1), (job.State, job.Failure!.Code, job.Failure.Sentence, job.Settled!.Value, job.Attempt));
        Assert.Equal(["tested"], job.Failure.Rules!);
        Assert.Empty(job.Assets);
        Assert.Equal(0, await _cluster.StoredBlobs(brand.Tenant));
        for (var image = 0; image < 2; image++)
            for (var preview = 0; preview < 2; preview++)
                Assert.Null(await _cluster.Blobs.OpenTransient(brand.Tenant.Value, $"{key.Job}_1_{image}_{preview}", CancellationToken.None));

        JobFacts.AssertEnded(await JobFacts.Of(_cluster.Database, brand.Tenant));
        await Eventually.True(async () => await _cluster.Grains.Tenant(brand.Tenant).Account(CancellationToken.None) is { } account && (account.Settled, account.Reserved) == (Credits.Zero, Credits.Zero));
        var records = await Screenings(brand.Tenant);
        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.Equal((false, forbidding.Digest, "nsfw-mobilenet", Classifier.Digest), (record.Allowed, record.PolicyDigest, record.Classifier, record.ClassifierDigest)));
        Assert.All(records, record => Assert.Equal(1, record.Scores.Sum(score => score.Score), 1e-3f));
    }

    [Fact]
    public async Task A_picture_that_passes_carries_its_screening_under_the_shipped_rules()
    {
        var brand = await _cluster.Tenant("passed-output");

        var job = await brand.End((await brand.Submit(brand.Asks("a red apple, 3d style"))).Key);

        var screening = Assert.Single(job.Assets).Screening!;
        Assert.Equal((true, Classifier.Digest), (screening.Allowed, screening.ClassifierDigest));
        Assert.Empty(screening.Rules);
        Assert.Equal(OutputPolicy.Labels, screening.Scores.Select(score => score.Label));
    }

    [Fact]
    public void The_output_rules_know_the_labels_of_the_classifier_that_ships() => Assert.Equal(OutputPolicy.Labels, Classifier.Labels);

    private ModelCard Classifier => _cluster.Catalogue.Models.Single(model => model.Kind == ModelKind.ImageClassifier);

    // Every picture is a drawing or one of the others, so these labels together are certain.
    private static PolicySet PoliciesThatForbidEverything() => Assert.IsType<PolicySetResult.Accepted>(PolicySet.Parse(
    [
        .. Directory.EnumerateFiles(Path.Combine(TestCluster.RepositoryRoot(), "policies"), "*.yaml").Where(file => Path.GetFileName(file) != PolicySet.OutputRulesFile)
            .Select(file => new PolicyFile(Path.GetFileName(file), File.ReadAllText(file))),
        new PolicyFile(PolicySet.OutputRulesFile, """
            rules:
              - id: tested
                category: tested
                severity: block
                sentence: It is forbidden.
                source: Test
                labels: [drawing, hentai, neutral, porn, sexy]
                at_least: 0.9
            """),
    ])).Policies;

    private async Task<IReadOnlyList<OutputScreening>> Screenings(TenantId tenant)
    {
        await using var command = _cluster.Database.CreateCommand("select data->>'Screening' from vitrine.mt_events where tenant_id = $1 and type = 'job.output_blocked'");
        command.Parameters.AddWithValue(tenant.Value);
        var found = new List<OutputScreening>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            found.Add(System.Text.Json.JsonSerializer.Deserialize<OutputScreening>(rows.GetString(0))!);
        return found;
    }
}
