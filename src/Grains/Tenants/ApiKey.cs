using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tenants;

/// <summary>An API key as the store keeps it: with the digest of its secret, which never leaves the silo.</summary>
/// <param name="Personal">The key's name, sealed; null where it stands in the view.</param>
public sealed record ApiKey(
    string Id, string SecretDigest, KeyView View, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] SealedText? Personal = null)
{
    public static string StreamOf(KeyId key) => "key/" + key.Value;

    public static ApiKey? Apply(ApiKey? key, string id, object happened) => (key, happened) switch
    {
        (_, KeyIssued e) => key ?? new ApiKey(id, e.SecretDigest, new KeyView(e.Key, e.Name ?? "", e.Scopes, e.Project, e.User, e.At, e.ExpiresAt, null), e.Personal),
        (not null, KeyRevoked e) => key with { View = key.View with { RevokedAt = key.View.RevokedAt ?? e.At } },
        _ => key,
    };

    /// <summary>Whether the key opens anything at <paramref name="now"/>.</summary>
    public bool IsLive(DateTimeOffset now) => View.RevokedAt is null && (View.ExpiresAt is not { } expiry || now < expiry);
}

public sealed partial class ApiKeyProjection : SingleStreamProjection<ApiKey, string>
{
    public override ApiKey? Evolve(ApiKey? snapshot, string id, IEvent e) => ApiKey.Apply(snapshot, id, e.Data);
}
