using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>
/// Links to pictures that work without an API key, for less than an hour. HMAC-SHA256 over method, path, tenant, expiry and the id of the
/// signing key; every other form of the same link, also a reordered or extended query, is refused.
/// </summary>
public sealed class AssetUrls
{
    /// <summary>Expiries fall on multiples of this, so that a client that asks twice gets the same, cacheable link.</summary>
    private const int StepSeconds = 300;

    /// <summary>Before rounding up, so that no link lives longer than 60 minutes.</summary>
    private const int LifeSeconds = 3300;

    /// <summary>The names of a picture's files in paths: the one that it left with, and the one with the time stamp that came late.</summary>
    public const string First = "content", Stamped = "stamped";

    private readonly SigningKey[] keys;
    private readonly Uri root;

    public AssetUrls(IOptions<GatewayOptions> options)
    {
        root = options.Value.PublicUrl;
        var configured = options.Value.UrlSigningKeys;
        keys = configured.Count == 0 ? [new(RandomNumberGenerator.GetBytes(32))] : [.. configured.Select(key => new SigningKey(key))];
    }

    /// <summary><c>{PublicUrl}/v1/assets/{id}/content?tenant=…&amp;expires=…&amp;key=…&amp;signature=…</c>, valid for 55 to 60 minutes.</summary>
    /// <param name="file">Which of the picture's files: <see cref="First"/> or <see cref="Stamped"/>.</param>
    public Uri For(TenantId tenant, AssetView asset, DateTimeOffset now, string file = First)
    {
        var expires = (now.ToUnixTimeSeconds() + LifeSeconds + StepSeconds - 1) / StepSeconds * StepSeconds;
        return new(root, PathOf(asset.Id, file) + QueryOf(keys[0], PathOf(asset.Id, file), tenant.Value, expires));
    }

    /// <summary>The tenant whose asset the link opens; null when the link has expired, was altered, or was never ours.</summary>
    public TenantId? TenantOf(HttpRequest request, string assetId, DateTimeOffset now, string file = First)
    {
        var query = QueryHelpers.ParseQuery(request.QueryString.Value);
        if (query.Count != 4 || query["tenant"] is not [{ } tenantText] || query["expires"] is not [{ } expiresText] || query["key"] is not [{ } keyId] ||
            !TenantId.TryParse(tenantText, out var tenant) || !long.TryParse(expiresText, NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
            return null;
        if (Array.Find(keys, key => key.Id == keyId) is not { } signingKey) return null;
        // The whole link is made again and compared: what was not signed cannot be in it.
        var expected = PathOf(assetId, file) + QueryOf(signingKey, PathOf(assetId, file), tenantText, expires);
        var given = request.Path.Value + request.QueryString.Value;
        var same = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
        return same && now.ToUnixTimeSeconds() < expires ? tenant : null;
    }

    private static string PathOf(string assetId, string file) => $"/v1/assets/{assetId}/{file}";

    private static string QueryOf(SigningKey key, string path, string tenant, long expires)
    {
        var signed = string.Create(CultureInfo.InvariantCulture, $"GET\n{path}\n{tenant}\n{expires}\n{key.Id}");
        var signature = WebEncoders.Base64UrlEncode(HMACSHA256.HashData(key.Secret, Encoding.UTF8.GetBytes(signed)));
        return string.Create(CultureInfo.InvariantCulture, $"?tenant={tenant}&expires={expires}&key={key.Id}&signature={signature}");
    }

    /// <summary>A key and its public name, by which links made before a change of keys still find theirs.</summary>
    private sealed class SigningKey(byte[] secret)
    {
        public byte[] Secret { get; } = secret;
        public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData(secret).AsSpan(0, 4));
    }
}
