namespace Vitrine.Grains.Interfaces;

/// <summary>The text of every tenant-scoped grain key: the tenant, a slash, the rest.</summary>
public static class GrainKeyText
{
    public static string Join(TenantId tenant, string rest) => tenant.Value + "/" + rest;

    /// <exception cref="FormatException">The key does not begin with a tenant.</exception>
    public static (TenantId Tenant, string Name) Split(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? (new TenantId(key[..slash]), key[(slash + 1)..]) : throw new FormatException($"'{key}' does not begin with a tenant.");
    }
}
