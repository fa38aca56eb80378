using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Quotas;

/// <summary>The limits of those whose work something is: the queue bounds what they have running.</summary>
internal readonly record struct OwnerLimits(Limits Tenant, Limits Project, Limits User)
{
    public static async Task<OwnerLimits> Of(IGrainFactory grains, TenantId tenant, ProjectId project, UserId? user, CancellationToken cancellation)
    {
        var brand = await grains.Tenant(tenant).Account(cancellation);
        var work = await grains.Project(new(tenant, project)).Account(cancellation);
        var person = user is { } id ? await grains.User(new(tenant, id)).Account(cancellation) : null;
        return new(brand?.Limits ?? Limits.None, work?.Limits ?? Limits.None, person?.Limits ?? Limits.None);
    }
}
