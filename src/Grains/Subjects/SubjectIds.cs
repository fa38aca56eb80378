using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Subjects;

/// <summary>Tells under whose key something is sealed: the user's, else the end user's whom the request names, else the API key's.</summary>
public sealed class SubjectIds(TenantKeys keys)
{
    /// <summary>Tenants whose secrets are kept, about 150 bytes each. When there are more, all are forgotten and asked for again.</summary>
    private const int MaxKept = 10_000;

    /// <summary>A tenant's secret is made once and never changes.</summary>
    private readonly ConcurrentDictionary<TenantId, byte[]> _kept = new();

    public async ValueTask<SubjectId> Of(TenantId tenant, UserId? user, string? endUser, KeyId key, CancellationToken cancellation) =>
        user is { } known ? SubjectId.Of(known) : endUser is not null ? await OfEndUser(tenant, endUser, cancellation) : SubjectId.Of(key);

    /// <summary>The subject of this very text: another spelling is somebody else.</summary>
    public async ValueTask<SubjectId> OfEndUser(TenantId tenant, string name, CancellationToken cancellation)
    {
        if (!_kept.TryGetValue(tenant, out var key))
        {
            if (_kept.Count >= MaxKept) _kept.Clear();
            _kept[tenant] = key = await keys.Of(tenant, cancellation);
        }
        return EndUser(key, tenant, name);
    }

    /// <summary>HMAC-SHA256 of the name. Whoever has all tables but the keys' cannot tell whether a name is among them.</summary>
    public static SubjectId EndUser(byte[] key, TenantId tenant, string name) =>
        SubjectId.OfEndUser(Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"vitrine end user\n{tenant}\n{name}"))));
}
