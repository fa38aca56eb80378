using System.Security.Cryptography;
using System.Text;
using Marten;
using Orleans.Concurrency;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tenants;

/// <summary>The operator's own key, known by its digest only.</summary>
/// <param name="AdminKeyDigest">SHA-256 of the secret of the key <c>vk-platform-root-…</c>, hex; empty when there is none.</param>
public sealed record PlatformKey(string AdminKeyDigest)
{
    public static readonly KeyId Id = new("root");
}

/// <summary>Answers whom an API key stands for; owns nothing. It serves all tenants, so that strangers who invent tenants activate nothing.</summary>
[GrainType("vitrine.authentication"), StatelessWorker(MaxAtOnce)]
public sealed class AuthenticationGrain(IDocumentStore store, PlatformKey platform, TimeProvider time) : Grain, IAuthenticationGrain
{
    /// <summary>Keys looked up at once on one silo. They wait for the store and not for a core; further ones wait in line, and so no crowd of invented keys takes all connections of the store.</summary>
    public const int MaxAtOnce = 16;

    public async Task<Principal?> Authenticate(TenantId tenant, KeyId key, string secretDigest)
    {
        if (tenant == TenantId.Platform && key == PlatformKey.Id)
            return platform.AdminKeyDigest.Length > 0 && Same(secretDigest, platform.AdminKeyDigest) ? new Principal(tenant, key, Scopes.Admin | Scopes.Audit | Scopes.Read, null, null) : null;
        await using var session = store.QuerySession(tenant.Value);
        var known = await session.LoadAsync<ApiKey>(ApiKey.StreamOf(key));
        if (known is null || !Same(secretDigest, known.SecretDigest) || !known.IsLive(time.GetUtcNow())) return null;
        return new Principal(tenant, key, known.View.Scopes,
            known.View.Project is { } project ? new ProjectId(project) : null, known.View.User is { } user ? new UserId(user) : null);
    }

    private static bool Same(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(a), Encoding.ASCII.GetBytes(b));
}
