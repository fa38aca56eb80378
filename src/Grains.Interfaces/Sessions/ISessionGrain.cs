namespace Vitrine.Grains.Interfaces;

/// <summary>One creative thread of a tenant, named by its users; it exists from its first job on.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.SessionKey")]
public readonly record struct SessionKey([property: Id(0)] TenantId Tenant, [property: Id(1)] string Session)
{
    public static SessionKey Parse(string text) { var (tenant, rest) = GrainKeyText.Split(text); return new(tenant, rest); }
    public override string ToString() => GrainKeyText.Join(Tenant, Session);
}

/// <summary>One creative thread: its jobs in the order in which they were asked for.</summary>
[Alias("vitrine.ISessionGrain"), GrainInterfaceType("vitrine.session")]
public interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>Null when no job belongs to it. Holds at most the newest 200 jobs; <see cref="SessionView.JobCount"/> counts all.</summary>
    [Alias("Get")] Task<SessionView?> Get();
}

[GenerateSerializer, Immutable, Alias("vitrine.SessionView")]
public sealed record SessionView(
    [property: Id(0)] string Id, [property: Id(1)] DateTimeOffset FirstAt, [property: Id(2)] DateTimeOffset LastAt, [property: Id(3)] int JobCount,
    [property: Id(4)] int ImageCount, [property: Id(5)] Credits Settled, [property: Id(6)] IReadOnlyList<JobView> Jobs);
