using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>
/// The text of an API key: <c>vk-&lt;tenant&gt;-&lt;key id&gt;-&lt;secret&gt;</c>. The tenant and the secret may hold hyphens, so it is read from the end: the
/// secret is always 43 characters of base64url (32 random bytes), and the key id holds no hyphen.
/// </summary>
public readonly record struct ApiKey(TenantId Tenant, KeyId Key, string Secret)
{
    private const string Prefix = "vk-";
    private const int SecretLength = 43;
    private const int KeyIdLength = 16;

    /// <summary>A prefix, two slugs, a secret and their hyphens; nothing longer is looked at.</summary>
    public const int MaxLength = 3 + Slug.MaxLength + 1 + Slug.MaxLength + 1 + SecretLength;

    /// <summary>SHA-256 of the secret, 64 lower-case hex digits: all that is ever stored.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret)));

    public static bool TryParse(ReadOnlySpan<char> text, out ApiKey key)
    {
        key = default;
        if (text.Length > MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        text = text[Prefix.Length..];
        if (text.Length <= SecretLength || text[^(SecretLength + 1)] != '-') return false;
        var secret = text[^SecretLength..];
        var head = text[..^(SecretLength + 1)];
        var hyphen = head.LastIndexOf('-');
        if (hyphen < 0 || !Slug.IsValid(head[..hyphen]) || !Slug.IsValid(head[(hyphen + 1)..]) || !IsBase64Url(secret)) return false;
        key = new(new(head[..hyphen].ToString()), new(head[(hyphen + 1)..].ToString()), secret.ToString());
        return true;
    }

    /// <summary>A new key of a tenant, to be shown once.</summary>
    public static ApiKey New(TenantId tenant) => new(
        tenant, new(RandomNumberGenerator.GetString("0123456789abcdefghijklmnopqrstuvwxyz", KeyIdLength)), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>The whole key, secret included.</summary>
    public string Reveal() => $"{Prefix}{Tenant}-{Key}-{Secret}";

    /// <summary>Without the secret, so that a key that strays into a log harms nobody.</summary>
    public override string ToString() => $"{Prefix}{Tenant}-{Key}-…";

    private static bool IsBase64Url(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
        return true;
    }
}
