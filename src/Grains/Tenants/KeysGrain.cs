using Marten;
using Orleans.Concurrency;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tenants;

/// <summary>Lists API keys; owns nothing.</summary>
[GrainType("vitrine.keys"), StatelessWorker]
public sealed class KeysGrain(IDocumentStore store, Subjects.PersonalText texts) : Grain, IKeysGrain, ITenantScoped
{
    public const int MaxPage = 200;
    private TenantId Tenant => new(this.GetPrimaryKeyString());

    public async Task<IReadOnlyList<KeyView>> List(string? after, int limit)
    {
        await using var session = store.QuerySession(Tenant.Value);
        var from = after is null ? "" : ApiKey.StreamOf(new KeyId(after));
        var keys = await session.Query<ApiKey>().Where(key => string.Compare(key.Id, from) > 0).OrderBy(key => key.Id).Take(Math.Clamp(limit, 1, MaxPage)).ToListAsync();
        return [.. (await texts.Open(Tenant, keys, CancellationToken.None)).Select(key => key.View)];
    }
}
