using System.Diagnostics.CodeAnalysis;

namespace Vitrine.Media;

/// <summary>
/// The name of stored bytes: whose they are, then what they are. Both parts are checked when the key is made,
/// so a key can be turned into a path without a second thought.
/// </summary>
public readonly record struct BlobKey
{
    /// <param name="tenant">1..63 characters of a–z, 0–9, '-', '_' and '.', beginning with a letter or a digit.</param>
    /// <param name="sha256">The SHA-256 of the bytes as 64 lower-case hexadecimal digits.</param>
    /// <exception cref="FormatException">Either part has another form.</exception>
    public BlobKey(string tenant, string sha256)
    {
        if (!BlobNames.IsTenant(tenant))
            throw new FormatException($"A tenant in a blob key is {BlobNames.TenantForm}.");
        if (!BlobNames.IsSha256(sha256))
            throw new FormatException("A digest in a blob key is 64 lower-case hexadecimal digits.");
        Tenant = tenant;
        Sha256 = sha256;
    }

    public string Tenant { get; }

    public string Sha256 { get; }

    /// <summary>Reads <c>tenant/sha256</c>, the form that <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static BlobKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException("A blob key is written tenant/sha256.");

    public static bool TryParse([NotNullWhen(true)] string? text, out BlobKey key)
    {
        key = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0)
            return false;
        var (tenant, sha256) = (text![..slash], text[(slash + 1)..]);
        if (!BlobNames.IsTenant(tenant) || !BlobNames.IsSha256(sha256))
            return false;
        key = new BlobKey(tenant, sha256);
        return true;
    }

    public override string ToString() => $"{Tenant}/{Sha256}";
}
