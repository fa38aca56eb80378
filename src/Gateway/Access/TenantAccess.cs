using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Which tenants an admin key may manage: its own, and every one when it belongs to the platform.</summary>
internal static class TenantAccess
{
    /// <summary>
    /// Speaks for the tenant of the path from here on. False, with the answer written, when the caller may not manage it or, for the platform's
    /// keys, when it does not exist; both look alike.
    /// </summary>
    public static Task<bool> Enter(HttpContext http, string tenant, IGrainFactory grains)
    {
        var own = http.Principal().Tenant;
        if (own.Value == tenant) return Task.FromResult(true);
        if (own != TenantId.Platform || !TenantId.TryParse(tenant, out var other)) return Deny(http, ErrorAnswer.NotFound);
        // Not in an async method: what it sets would be forgotten when it returns to the endpoint.
        GrainCalls.For(other);
        return EnterIfThere(http, other, grains);
    }

    private static async Task<bool> EnterIfThere(HttpContext http, TenantId tenant, IGrainFactory grains) =>
        await grains.Tenant(tenant).Get(http.RequestAborted) is not null || await Deny(http, ErrorAnswer.NotFound);

    /// <summary>False, with the answer written, unless the caller's key belongs to the platform.</summary>
    public static Task<bool> EnterPlatform(HttpContext http) =>
        http.Principal().Tenant == TenantId.Platform ? Task.FromResult(true) : Deny(http, ErrorAnswer.InsufficientScope);

    private static async Task<bool> Deny(HttpContext http, ErrorAnswer answer)
    {
        await http.Answer(answer);
        return false;
    }
}
