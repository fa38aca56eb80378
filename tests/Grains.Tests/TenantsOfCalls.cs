using System.Collections.Concurrent;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

/// <summary>Notes in whose name grains were called.</summary>
public sealed class TenantsOfCalls : IIncomingGrainCallFilter
{
    public ConcurrentQueue<(string Method, string Target, string? Tenant)> Calls { get; } = [];

    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is IJobGrain) Calls.Enqueue((context.MethodName, context.TargetId.Key.ToString() ?? "", RequestContext.Get(TenantContext.Key) as string));
        return context.Invoke();
    }
}
