using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <param name="Scopes">At least one of <c>generate, read, audit, admin</c>. A key that may generate is bound to a project.</param>
internal sealed record NewKeyRequest(IReadOnlyList<string> Scopes, string? Project, string? User, string? Name, DateTimeOffset? ExpiresAt)
{
    private const int MaxScopes = 4;
    private const int MaxScopeWord = 16;

    public static (NewKeyRequest? Request, ErrorAnswer? Error) Read(JsonElement body, DateTimeOffset now)
    {
        var fields = new BodyFields(body);
        if (fields.Take("scopes") is null) fields.Missing("scopes");
        var request = new NewKeyRequest(
            fields.Texts("scopes", MaxScopes, MaxScopeWord) ?? [], fields.Name("project"), fields.Name("user"), fields.Text("name", NewTenantRequest.MaxName), fields.Moment("expires_at"));
        var scopes = KeyScopes.Parse(request.Scopes);
        if (scopes is null) fields.Invalid("scopes", "scopes holds some of generate, read, audit and admin.");
        else if ((scopes & Grains.Interfaces.Scopes.Generate) != 0 && request.Project is null) fields.Missing("project");
        if (request.ExpiresAt <= now) fields.Invalid("expires_at", "expires_at lies in the future.");
        return fields.Error() is { } error ? (null, error) : (request, null);
    }

    public IssueKey Command(ApiKey key) => new(
        key.Key, key.Digest, KeyScopes.Parse(Scopes) ?? Grains.Interfaces.Scopes.None,
        Project is null ? null : new ProjectId(Project), User is null ? null : new UserId(User), Name, ExpiresAt);
}

internal record KeyBody
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public string? Project { get; init; }
    public string? User { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    public static KeyBody Of(KeyView key) => new()
    {
        Id = key.Id, Name = key.Name, Scopes = KeyScopes.Words(key.Scopes), Project = key.Project, User = key.User,
        CreatedAt = key.CreatedAt, ExpiresAt = key.ExpiresAt, RevokedAt = key.RevokedAt,
    };
}

/// <summary>A key with its secret.</summary>
internal sealed record NewKeyBody : KeyBody
{
    public required string Key { get; init; }

    public static NewKeyBody Of(KeyView view, ApiKey key) => new()
    {
        Id = view.Id, Key = key.Reveal(), Name = view.Name, Scopes = KeyScopes.Words(view.Scopes), Project = view.Project, User = view.User,
        CreatedAt = view.CreatedAt, ExpiresAt = view.ExpiresAt, RevokedAt = view.RevokedAt,
    };
}

/// <summary>The words for scopes on the wire.</summary>
internal static class KeyScopes
{
    private static readonly (string Word, Scopes Scope)[] All = [("generate", Scopes.Generate), ("read", Scopes.Read), ("audit", Scopes.Audit), ("admin", Scopes.Admin)];

    public static IReadOnlyList<string> Words(Scopes scopes) => [.. All.Where(entry => scopes.HasFlag(entry.Scope)).Select(entry => entry.Word)];

    /// <summary>Null when a word is unknown or there is none.</summary>
    public static Scopes? Parse(IReadOnlyList<string> words)
    {
        var scopes = Scopes.None;
        foreach (var word in words)
        {
            var known = Array.Find(All, entry => entry.Word == word);
            if (known.Word is null) return null;
            scopes |= known.Scope;
        }
        return scopes == Scopes.None ? null : scopes;
    }
}
