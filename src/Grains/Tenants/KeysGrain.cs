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

/// <summary>Reads API keys; owns nothing.</summary>
[GrainType("vitrine.keys"), StatelessWorker]
public sealed class KeysGrain(IDocumentStore store, Subjects.PersonalText texts, PlatformKey platform, TimeProvider time) : Grain, IKeysGrain, ITenantScoped
{
    public const int MaxPage = 200;
    private TenantId Tenant => new(this.GetPrimaryKeyString());

    public async Task<Principal?> Authenticate(KeyId key, string secretDigest)
    {
        if (Tenant == TenantId.Platform && key == PlatformKey.Id)
            return platform.AdminKeyDigest.Length > 0 && Same(secretDigest, platform.AdminKeyDigest) ? new Principal(Tenant, key, Scopes.Admin | Scopes.Audit | Scopes.Read, null, null) : null;
        await using var session = store.QuerySession(Tenant.Value);
        var known = await session.LoadAsync<ApiKey>(ApiKey.StreamOf(key));
        if (known is null || !Same(secretDigest, known.SecretDigest) || !known.IsLive(time.GetUtcNow())) return null;
        return new Principal(Tenant, key, known.View.Scopes,
            known.View.Project is { } project ? new ProjectId(project) : null, known.View.User is { } user ? new UserId(user) : null);
    }

    public async Task<IReadOnlyList<KeyView>> List(string? after, int limit)
    {
        await using var session = store.QuerySession(Tenant.Value);
        var from = after is null ? "" : ApiKey.StreamOf(new KeyId(after));
        var keys = await session.Query<ApiKey>().Where(key => string.Compare(key.Id, from) > 0).OrderBy(key => key.Id).Take(Math.Clamp(limit, 1, MaxPage)).ToListAsync();
        return [.. (await texts.Open(Tenant, keys, CancellationToken.None)).Select(key => key.View)];
    }

    private static bool Same(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(a), Encoding.ASCII.GetBytes(b));
}
