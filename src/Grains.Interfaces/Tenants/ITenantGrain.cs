namespace Vitrine.Grains.Interfaces;

/// <summary>A brand: its settings, its API keys and its budget.</summary>
[Alias("vitrine.ITenantGrain"), GrainInterfaceType("vitrine.tenant")]
public interface ITenantGrain : IAccountGrain
{
    [Alias("Create")] Task<Outcome<TenantView>> Create(CreateTenant command, CancellationToken cancellation);
    [Alias("Get")] Task<TenantView?> Get(CancellationToken cancellation);

    /// <summary>Issues a key. The secret itself is made by the caller, shown once there, and only its digest comes here.</summary>
    [Alias("IssueKey")] Task<Outcome<KeyView>> IssueKey(IssueKey command, CancellationToken cancellation);
    [Alias("RevokeKey")] Task<Outcome<KeyView>> RevokeKey(KeyId key, CancellationToken cancellation);
}

[GenerateSerializer, Immutable, Alias("vitrine.CreateTenant")]
public sealed record CreateTenant([property: Id(0)] string Name);

[GenerateSerializer, Immutable, Alias("vitrine.TenantView")]
public sealed record TenantView(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] DateTimeOffset CreatedAt, [property: Id(3)] Limits Limits);

/// <summary>Either the thing asked for, or why not.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.Outcome`1")]
public sealed record Outcome<T>([property: Id(0)] T? Value, [property: Id(1)] Refusal? Refusal) where T : class
{
    public static implicit operator Outcome<T>(T value) => new(value, null);
    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}
