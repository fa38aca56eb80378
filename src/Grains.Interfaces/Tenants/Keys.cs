namespace Vitrine.Grains.Interfaces;

/// <summary>The public part of an API key: 16 of <c>0-9a-z</c>; unique within its tenant.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.KeyId")]
public readonly record struct KeyId([property: Id(0)] string Value)
{
    public static bool TryParse(string? text, out KeyId id)
    {
        id = new(text ?? "");
        return text is not null && Slug.IsValid(text);
    }

    public override string ToString() => Value;
}

/// <summary>What a key may do. <c>Admin</c> of a tenant manages that tenant; only keys of the tenant <c>platform</c> make tenants.</summary>
[Flags, Alias("vitrine.Scopes")]
public enum Scopes { None = 0, Generate = 1, Read = 2, Audit = 4, Admin = 8 }

/// <param name="SecretDigest">SHA-256 of the secret's UTF-8 bytes, 64 lower-case hex digits. Secrets have 256 random bits, so a plain digest is enough.</param>
/// <param name="Project">The project that the key is bound to; required for <see cref="Scopes.Generate"/>.</param>
[GenerateSerializer, Immutable, Alias("vitrine.IssueKey")]
public sealed record IssueKey(
    [property: Id(0)] KeyId Key, [property: Id(1)] string SecretDigest, [property: Id(2)] Scopes Scopes,
    [property: Id(3)] ProjectId? Project, [property: Id(4)] UserId? User, [property: Id(5)] string? Name, [property: Id(6)] DateTimeOffset? ExpiresAt);

[GenerateSerializer, Immutable, Alias("vitrine.KeyView")]
public sealed record KeyView(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] Scopes Scopes, [property: Id(3)] string? Project,
    [property: Id(4)] string? User, [property: Id(5)] DateTimeOffset CreatedAt, [property: Id(6)] DateTimeOffset? ExpiresAt, [property: Id(7)] DateTimeOffset? RevokedAt);

/// <summary>Who asks: what an authenticated key stands for.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.Principal")]
public sealed record Principal(
    [property: Id(0)] TenantId Tenant, [property: Id(1)] KeyId Key, [property: Id(2)] Scopes Scopes, [property: Id(3)] ProjectId? Project, [property: Id(4)] UserId? User)
{
    /// <summary>Whose the things are that this caller brings.</summary>
    public SubjectId Subject => User is { } user ? SubjectId.Of(user) : SubjectId.Of(Key);

    public bool May(Scopes scope) => (Scopes & scope) == scope;
}

/// <summary>Answers whom an API key stands for. Key: <c>platform</c>, since a stranger may name any tenant, and what is invented must not become a grain.</summary>
[Alias("vitrine.IAuthenticationGrain"), GrainInterfaceType("vitrine.authentication")]
public interface IAuthenticationGrain : IGrainWithStringKey
{
    /// <summary>Null unless a key of this tenant, id and secret digest exists, is not revoked and has not expired. Which of these it was is never told.</summary>
    [Alias("Authenticate")] Task<Principal?> Authenticate(TenantId tenant, KeyId key, string secretDigest);
}

/// <summary>Lists the keys of one tenant. Key: the tenant. Holds nothing between calls, so a million keys cost no memory.</summary>
[Alias("vitrine.IKeysGrain"), GrainInterfaceType("vitrine.keys")]
public interface IKeysGrain : IGrainWithStringKey
{
    [Alias("List")] Task<IReadOnlyList<KeyView>> List(string? after, int limit);
}
