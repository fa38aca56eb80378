using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class KeysTests(OneSilo silo)
{
    private static readonly string Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("secret")));

    [Fact]
    public async Task A_key_opens_what_it_was_issued_for_until_it_is_revoked()
    {
        var brand = await silo.Cluster.Tenant("keys-life");
        await Issue(brand, "aaaa", expiresAt: null);

        Assert.Equal(new Principal(brand.Tenant, new("aaaa"), Scopes.Generate | Scopes.Read, brand.Project, brand.User), await Authenticate(brand, "aaaa"));
        var revoked = await silo.Cluster.Grains.Tenant(brand.Tenant).RevokeKey(new("aaaa"), CancellationToken.None);

        Assert.NotNull(revoked.Value!.RevokedAt);
        Assert.Null(await Authenticate(brand, "aaaa"));
        Assert.Equal(revoked.Value.RevokedAt, (await silo.Cluster.Grains.Tenant(brand.Tenant).RevokeKey(new("aaaa"), CancellationToken.None)).Value!.RevokedAt);
    }

    [Fact]
    public async Task Only_the_right_secret_of_the_right_key_of_the_right_tenant_opens()
    {
        var (brand, other) = (await silo.Cluster.Tenant("keys-right"), await silo.Cluster.Tenant("keys-other"));
        await Issue(brand, "aaaa", expiresAt: null);

        Assert.Null(await silo.Cluster.Grains.Authentication().Authenticate(brand.Tenant, new("aaaa"), new string('0', 64)));
        Assert.Null(await silo.Cluster.Grains.Authentication().Authenticate(brand.Tenant, new("aaaa"), ""));
        Assert.Null(await Authenticate(brand, "bbbb"));
        Assert.Null(await Authenticate(other, "aaaa"));
    }

    [Fact]
    public async Task A_key_ends_when_it_expires()
    {
        var brand = await silo.Cluster.Tenant("keys-expiry");
        await Issue(brand, "aaaa", expiresAt: silo.Cluster.Time.GetUtcNow().AddMinutes(5));
        Assert.NotNull(await Authenticate(brand, "aaaa"));

        silo.Cluster.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Null(await Authenticate(brand, "aaaa"));
    }

    [Fact]
    public async Task Where_there_is_no_operator_key_nothing_opens_the_platform() =>
        Assert.Null(await silo.Cluster.Grains.Authentication().Authenticate(TenantId.Platform, new("root"), ""));

    [Fact]
    public async Task A_key_is_bound_only_to_a_project_and_a_user_that_exist()
    {
        var brand = await silo.Cluster.Tenant("keys-bound");

        Assert.Equal("project", (await Issue(brand, "aaaa", null, project: "nowhere")).Refusal!.Field);
        Assert.Equal("user", (await Issue(brand, "aaaa", null, user: "nobody")).Refusal!.Field);
        Assert.Equal(Refused.NotFound, (await silo.Cluster.Grains.Tenant(new("keys-nobody")).IssueKey(new IssueKey(new("aaaa"), Digest, Scopes.Read, null, null, null, null), CancellationToken.None)).Refusal!.Reason);
        Assert.Equal(Refused.NotFound, (await silo.Cluster.Grains.Tenant(brand.Tenant).RevokeKey(new("aaaa"), CancellationToken.None)).Refusal!.Reason);
        Assert.Empty(await silo.Cluster.Grains.Keys(brand.Tenant).List(null, 10));
    }

    [Fact]
    public async Task Keys_are_listed_in_pages_without_their_secrets()
    {
        var brand = await silo.Cluster.Tenant("keys-list");
        foreach (var key in new[] { "c", "a", "b" }) await Issue(brand, key, expiresAt: null);
        await silo.Cluster.Grains.Tenant(brand.Tenant).RevokeKey(new("b"), CancellationToken.None);

        var first = await silo.Cluster.Grains.Keys(brand.Tenant).List(null, 2);
        var second = await silo.Cluster.Grains.Keys(brand.Tenant).List(first[^1].Id, 2);

        Assert.Equal([("a", false), ("b", true)], first.Select(key => (key.Id, key.RevokedAt is not null)));
        Assert.Equal(["c"], second.Select(key => key.Id));
    }

    private Task<Outcome<KeyView>> Issue(TestTenant brand, string key, DateTimeOffset? expiresAt, string? project = null, string? user = null) =>
        silo.Cluster.Grains.Tenant(brand.Tenant).IssueKey(
            new IssueKey(new(key), Digest, Scopes.Generate | Scopes.Read, project is null ? brand.Project : new ProjectId(project), user is null ? brand.User : new UserId(user), "A key", expiresAt),
            CancellationToken.None);

    private Task<Principal?> Authenticate(TestTenant brand, string key) => silo.Cluster.Grains.Authentication().Authenticate(brand.Tenant, new(key), Digest);
}
