using Vitrine.Provenance.C2pa.Cbor;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>A reference to a box together with the hash of its content (C2PA 2.2, 8.4.2).</summary>
internal sealed record HashedUri(string Url, ReadOnlyMemory<byte> Hash, string? Algorithm)
{
    private const string Prefix = "self#jumbf=";

    public static HashedUri? TryRead(object? value, string? defaultAlgorithm) =>
        value is CborMap map && map.Text("url") is { } url && map.Bytes("hash") is { } hash
            ? new(url, hash, map.ContainsKey("alg") ? map.Text("alg") : defaultAlgorithm)
            : null;

    /// <summary>The path inside the store; a relative one is completed with the manifest's label. Null for any other kind of URL.</summary>
    public string? AbsolutePath(string manifestLabel)
    {
        if (!Url.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        string path = Url[Prefix.Length..];
        return path.StartsWith('/') ? path : $"/c2pa/{manifestLabel}/{path}";
    }

    /// <summary>The URI with the manifest in it, so that it means the same wherever it is repeated; one that is no JUMBF URI stays as it is.</summary>
    public string AbsoluteUri(string manifestLabel) => Absolute(Url, manifestLabel);

    public static string Absolute(string uri, string manifestLabel) =>
        uri.StartsWith(Prefix, StringComparison.Ordinal) && !uri.AsSpan(Prefix.Length).StartsWith("/") ? $"{Prefix}/c2pa/{manifestLabel}/{uri[Prefix.Length..]}" : uri;

    /// <summary>The label of the manifest that an absolute JUMBF URI lies in; null for any other.</summary>
    public static string? ManifestOf(string uri)
    {
        const string Root = Prefix + "/c2pa/";
        if (!uri.StartsWith(Root, StringComparison.Ordinal)) return null;
        int end = uri.IndexOf('/', Root.Length);
        return end < 0 ? uri[Root.Length..] : uri[Root.Length..end];
    }

    /// <summary>Whether the hash is that of these bytes.</summary>
    public HashMatch Compare(ReadOnlyMemory<byte> content, ValidationBudget budget) => budget.Compare(Algorithm, content, Hash.Span);
}
