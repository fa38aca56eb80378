using Orleans.Runtime;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Tells the silos, with every grain call from here on in this flow, for which tenant the gateway speaks.</summary>
public static class GrainCalls
{
    public static void For(TenantId tenant) => RequestContext.Set(TenantContext.Key, tenant.Value);
}
