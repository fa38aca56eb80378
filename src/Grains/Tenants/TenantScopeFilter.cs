using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tenants;

/// <summary>
/// The second wall between tenants: a caller from outside that speaks for one tenant reaches no grain of another. The first wall is that every
/// key begins with the tenant. The tenant goes along with every call that follows from the first one, and ends where a grain serves all tenants: a
/// queue that one tenant's job has woken must not act in that tenant's name for others. Calls without a tenant come from inside the cluster and pass.
/// </summary>
public sealed class TenantScopeFilter : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is not ITenantScoped)
            RequestContext.Remove(TenantContext.Key);
        else if (RequestContext.Get(TenantContext.Key) is string tenant && tenant != TenantId.Platform.Value && !Belongs(context.TargetId.Key.ToString() ?? "", tenant))
            throw new TenantMismatchException($"A caller for tenant '{tenant}' reached for {context.TargetId}.");
        return context.Invoke();
    }

    private static bool Belongs(string key, string tenant) =>
        key.StartsWith(tenant, StringComparison.Ordinal) && (key.Length == tenant.Length || key[tenant.Length] == '/');
}

/// <summary>A grain whose key begins with a tenant.</summary>
public interface ITenantScoped;
