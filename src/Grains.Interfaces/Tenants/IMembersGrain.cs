namespace Vitrine.Grains.Interfaces;

/// <summary>Lists what a tenant consists of. Key: the tenant. Pages are ordered by id; <c>after</c> is the last id seen; at most 200 rows a page.</summary>
[Alias("vitrine.IMembersGrain"), GrainInterfaceType("vitrine.members")]
public interface IMembersGrain : IGrainWithStringKey
{
    public const int MaxPage = 200;

    [Alias("Projects")] Task<IReadOnlyList<ProjectView>> Projects(string? after, int limit);
    [Alias("Users")] Task<IReadOnlyList<UserView>> Users(string? after, int limit);

    /// <summary>All tenants; answered only on the key <c>platform</c>, empty elsewhere.</summary>
    [Alias("Tenants")] Task<IReadOnlyList<TenantView>> Tenants(string? after, int limit);

    /// <summary>Whether the store behind the silo that answers takes writes at present.</summary>
    [Alias("IsRecording")] Task<bool> IsRecording(CancellationToken cancellation);
}
