using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class TenantIsolationTests(OneSilo silo)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_caller_for_one_tenant_reaches_no_grain_of_another()
    {
        var (mine, theirs) = (await silo.Cluster.Tenant("iso-a"), await silo.Cluster.Tenant("iso-b"));
        var (key, _) = await theirs.Submit(theirs.Asks("a red apple", steps: 1, side: 8));
        await theirs.End(key);
        var grains = silo.Cluster.Grains;

        var reaches = new Dictionary<string, Func<Task>>
        {
            ["tenant"] = () => grains.Tenant(theirs.Tenant).Get(None),
            ["limits"] = () => grains.Tenant(theirs.Tenant).SetLimits(Limits.None, None),
            ["revoke"] = () => grains.Tenant(theirs.Tenant).RevokeKey(new("key"), None),
            ["project"] = () => grains.Project(new(theirs.Tenant, theirs.Project)).Usage(null, None),
            ["user"] = () => grains.User(new(theirs.Tenant, theirs.User)).Get(None),
            ["session"] = () => grains.Session(new(theirs.Tenant, "thread")).Get(),
            ["job"] = () => grains.Job(key).Get(),
            ["submit"] = () => grains.Job(key).Submit(theirs.Asks("a red apple"), None),
            ["cancel"] = () => grains.Job(key).Cancel("testkey", None)!,
            ["watch"] = async () => { await foreach (var _ in grains.Job(key).Watch(0, endOnly: false, None)) { } },
            ["jobs"] = () => grains.Jobs(theirs.Tenant).List(new JobQuery(null, null, null, null, null, 1)),
            ["asset"] = () => grains.Asset(new(theirs.Tenant, AssetId.Of(key.Job, 0))).Get(None),
            ["members"] = () => grains.Members(theirs.Tenant).Users(null, 1),
            ["keys"] = () => grains.Keys(theirs.Tenant).List(null, 1),
            ["attempts"] = () => grains.Attempts(new(theirs.Tenant, new("key"), "digest")).RetryOf(null),
            ["end user"] = () => grains.EndUsers(theirs.Tenant).Find("visitor", None),
            ["subject"] = () => grains.Subject(new(theirs.Tenant, new("key/key"))).IsClosed(None),
            ["erasure"] = () => grains.Erasure(new(theirs.Tenant, new("key/key"))).Erase("key", None),
            ["models"] = () => grains.Models(theirs.Tenant).List(null),
        };
        foreach (var (name, reach) in reaches)
        {
            // "iso" is a prefix of both names, and neither tenant's.
            foreach (var caller in new[] { mine.Tenant.Value, "iso" })
            {
                RequestContext.Set(TenantContext.Key, caller);
                var thrown = await Record.ExceptionAsync(reach);
                Assert.True(thrown is TenantMismatchException, $"{caller} reached {name} of {theirs.Tenant}: {thrown}");
            }
            RequestContext.Set(TenantContext.Key, theirs.Tenant.Value);
            var failed = await Record.ExceptionAsync(reach);
            Assert.True(failed is null, $"{theirs.Tenant} did not reach its own {name}: {failed}");
            RequestContext.Remove(TenantContext.Key);
        }
    }

    [Fact]
    public async Task What_is_unknown_is_null()
    {
        var (brand, grains) = (await silo.Cluster.Tenant("iso-unknown"), silo.Cluster.Grains);
        var job = new JobKey(brand.Tenant, JobId.New());

        Assert.Null(await grains.Job(job).Get());
        Assert.Null(await grains.Job(job).Place());
        Assert.Null(await grains.Job(job).Cancel("testkey", None)!);
        await foreach (var update in grains.Job(job).Watch(0, endOnly: false, None)) Assert.Fail($"An unknown job told {update}");
        Assert.Null(await grains.Asset(new(brand.Tenant, AssetId.Of(job.Job, 0))).Get(None));
        Assert.Null(await grains.Tenant(new("iso-nobody")).Get(None));
        Assert.Null(await grains.Tenant(new("iso-nobody")).Account(None));
        Assert.Equal(Refused.NotFound, (await grains.Tenant(new("iso-nobody")).SetLimits(Limits.None, None)).Refusal!.Reason);
        Assert.Null(await grains.Project(new(brand.Tenant, new("nowhere"))).Get(None));
        Assert.Null(await grains.Project(new(brand.Tenant, new("nowhere"))).Usage(null, None));
        Assert.Null(await grains.User(new(brand.Tenant, new("nobody"))).Get(None));
        Assert.Null(await grains.Session(new(brand.Tenant, "nothing")).Get());
    }

    [Fact]
    public async Task A_renderer_that_one_tenant_woke_does_not_act_in_its_name()
    {
        var brands = new[] { await silo.Cluster.Tenant("iso-wake-a"), await silo.Cluster.Tenant("iso-wake-b") };
        var keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            RequestContext.Set(TenantContext.Key, brands[i % 2].Tenant.Value);
            return (await brands[i % 2].Submit(brands[i % 2].Asks("a red apple", seed: i, steps: 1, side: 8))).Key;
        }));
        foreach (var key in keys) Assert.Equal(JobState.Succeeded, (await brands[key.Tenant == brands[0].Tenant ? 0 : 1].End(key)).State);

        Assert.All(silo.Cluster.Calls.Calls.Where(call => call.Method is nameof(IJobGrain.Begin) or nameof(IJobGrain.Finish)), call => Assert.Null(call.Tenant));
    }
}
