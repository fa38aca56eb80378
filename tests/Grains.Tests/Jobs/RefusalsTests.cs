using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class RefusalsTests(OneSilo silo)
{
    [Fact]
    public async Task Every_refusal_is_counted_once_by_its_reason()
    {
        var brand = await silo.Cluster.Tenant("refusals-counted", limits: new Limits(CreditsPerMonth: Credits.Zero));
        var plain = brand.Asks("a red apple", steps: 1, side: 8);
        var known = await brand.Submit(brand.Asks("a nude woman"));
        await silo.Cluster.Grains.User(new(brand.Tenant, new("gone"))).Register(new RegisterUser("Gone"), CancellationToken.None);
        Assert.NotNull(await silo.Cluster.Grains.Erasure(new(brand.Tenant, new("gone"))).Erase("test", CancellationToken.None));
        var asked = new (Refused Reason, Func<Task<(JobKey, SubmitOutcome Outcome)>> Ask)[]
        {
            (Refused.InvalidValue, () => brand.Submit(plain with { Steps = 51 })),
            (Refused.ModelNotFound, () => brand.Submit(plain with { Model = "nobodys" })),
            (Refused.ModerationBlocked, () => brand.Submit(brand.Asks("a nude man"))),
            (Refused.ModerationBlocked, () => brand.Submit(brand.Asks("a nude woman"), known.Key.Job)), // Again.
            (Refused.IdempotencyMismatch, () => brand.Submit(plain with { RequestDigest = "another" }, known.Key.Job)),
            (Refused.Overloaded, () => brand.Submit(plain with { Overloaded = TimeSpan.FromSeconds(1) })),
            (Refused.NotFound, () => brand.Submit(plain with { Project = new ProjectId("nowhere") })),
            (Refused.QuotaSpent, () => brand.Submit(plain)),
            (Refused.UserErased, () => brand.Submit(plain with { User = new UserId("gone") })),
        };
        foreach (var (reason, ask) in asked)
        {
            var counted = new ConcurrentQueue<string?>();
            using var listener = Listen(counted, brand.Tenant);
            RequestContext.Set(TenantContext.Key, brand.Tenant.Value);
            Assert.Equal(reason, (await ask()).Outcome.Refusal!.Reason);
            Assert.Equal([reason.ToString()], counted);
        }
    }

    // Of other tests that run beside this one nothing is heard: a call carries the tenant in whose name it is made.
    private static MeterListener Listen(ConcurrentQueue<string?> counted, TenantId tenant)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, meters) =>
        {
            if (instrument.Meter.Name == JobTelemetry.Name && instrument.Name == "vitrine.refusals") meters.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (RequestContext.Get(TenantContext.Key) as string != tenant.Value) return;
            foreach (var tag in tags)
                for (var i = 0; i < count; i++)
                    if (tag.Key == "reason") counted.Enqueue(tag.Value?.ToString());
        });
        listener.Start();
        return listener;
    }
}
