using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Subjects;

namespace Vitrine.Grains.Tests.Subjects;

/// <summary>A key of a brand that is bound to no user, and what comes through it. The cluster has no device: the test is its renderer.</summary>
internal sealed record SharedKey(TestTenant Brand, Principal Principal)
{
    public const string Secret = "the quince of Samarkand";
    private static readonly CancellationToken None = CancellationToken.None;

    public TenantId Tenant => Brand.Tenant;
    public KeyId Key => Principal.Key;
    private TestCluster Cluster => Brand.Cluster;

    /// <summary>Whoever speaks through it in nobody's name.</summary>
    public SubjectKey Nobody => new(Tenant, SubjectId.Of(Key));

    public static async Task<SharedKey> Of(TestTenant brand, string key)
    {
        Assert.Null((await brand.Cluster.Grains.Tenant(brand.Tenant).IssueKey(new IssueKey(new(key), new string('0', 64), Scopes.Generate, brand.Project, null, "Shop", null), None)).Refusal);
        return new(brand, brand.Principal with { Key = new(key), User = null });
    }

    public async Task<SubjectKey> Find(string endUser) => new(Tenant, await Cluster.Grains.EndUsers(Tenant).Find(endUser, None));

    /// <param name="endUser">Null for nobody's name.</param>
    public SubmitJob Asks(string? endUser) =>
        Brand.Asks(Secret) with { Principal = Principal, User = null, EndUser = endUser, Dialect = "openai", Metadata = new Dictionary<string, string> { ["note"] = Secret } };

    public Task<(JobKey Key, SubmitOutcome Outcome)> Ask(string? endUser) => Brand.Submit(Asks(endUser));

    /// <summary>A job with its pictures, whose bytes are in the store.</summary>
    public async Task<JobKey> Done(string? endUser, int images)
    {
        var (key, outcome) = await Brand.Submit(Asks(endUser) with { Images = images });
        Assert.Null(outcome.Refusal);
        var order = (await Cluster.Grains.Job(key).Begin(TestTenant.Device, None))!;
        Assert.Equal(Secret, order.View.Prompt);
        var outputs = new List<AssetView>();
        for (var i = 0; i < images; i++)
        {
            var blob = await Cluster.Blobs.Put(Tenant.Value, Encoding.UTF8.GetBytes($"{key} {i}"), None);
            outputs.Add(TestTenant.AssetOf(order, i) with { Sha256 = blob.Sha256, Manifest = $"urn:{key.Job}:{i}" });
        }
        Assert.True(await Cluster.Grains.Job(key).Finish(order.Attempt, new RenderResult(outputs, null, false), None));
        return key;
    }

    public async Task<Outcome<InputView>> Bring(byte[] file)
    {
        var blob = await Cluster.Blobs.Put(Tenant.Value, file, None);
        return await Cluster.Grains.Input(new(Tenant, InputId.Of(Principal, blob.Sha256))).Receive(new ReceiveInput(Principal, blob.Sha256), None);
    }

    /// <summary>A job as it was recorded when all that was said under no user had one key; it waits.</summary>
    public async Task<JobKey> JobOfBefore(string endUser)
    {
        var key = new JobKey(Tenant, JobId.New());
        var shared = (await Cluster.Services.GetRequiredService<SubjectKeys>().ForSealing(Tenant, null, None))!;
        var at = Cluster.Time.GetUtcNow().ToMicroseconds();
        object[] events =
        [
            new PromptSubmitted(Brand.Project.Value, null, null, Key.Value, "openai", "old digest", Secret, null, 1, null, endUser, at),
            new PromptScreened("sha256:policy", true, [], "digest of the quince", at), new CreditsReserved(AccountGrain.PeriodOf(at), 1000),
            new JobAccepted(Cluster.Catalogue.Models[0].Name, "1", "sha256:model", 64, 64, 7, 4, 1, PictureFormat.Png, 90, Speed.Fast, 0, at),
        ];
        await Cluster.Services.GetRequiredService<EventJournal>().Append(Commit.Of(Tenant, StreamAppend.Start(key.Job.Value, [.. events.Select(e => PersonalText.Seal(shared, key.Job.Value, e))])), None);
        return key;
    }
}
