using System.Text.Json.Serialization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tenants;

public sealed record TenantCreated(string Name, DateTimeOffset At);

/// <summary>The bounds of a tenant, project or user were set; they replace the former ones as a whole.</summary>
public sealed record LimitsSet(Limits Limits, DateTimeOffset At);

/// <summary>An API key was issued. The secret was shown once and is stored nowhere; only its SHA-256 is here.</summary>
/// <param name="Name">Null in a sealed event.</param>
/// <param name="Personal">The name, under the key of <paramref name="User"/>; null in events from before names were sealed.</param>
public sealed record KeyIssued(
    string Key, string SecretDigest, Scopes Scopes, string? Project, string? User, string? Name, DateTimeOffset? ExpiresAt, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SealedText? Personal = null);

public sealed record KeyRevoked(DateTimeOffset At);
