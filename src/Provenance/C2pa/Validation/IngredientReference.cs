using Vitrine.Provenance.C2pa.Cbor;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>An ingredient assertion of any version as read (C2PA 2.2, 18.16).</summary>
internal sealed record IngredientReference(string Uri, string Label, CborMap Value, HashedUri? ActiveManifest, HashedUri? ClaimSignature, bool HasBrokenReference)
{
    public bool IsVersion3 => Manifest.BaseLabel(Label) == "c2pa.ingredient.v3";

    public string? Relationship => Value.Text("relationship");

    /// <summary>Label of the ingredient's active manifest, when the reference is one into the store.</summary>
    public string? ManifestLabel => ActiveManifest is null ? null : HashedUri.ManifestOf(ActiveManifest.Url);

    public static IEnumerable<IngredientReference> Of(Manifest manifest)
    {
        foreach ((string label, CborMap value) in manifest.Ingredients)
        {
            string field = value.ContainsKey("activeManifest") ? "activeManifest" : "c2pa_manifest";
            HashedUri? active = HashedUri.TryRead(value.Get(field), manifest.Algorithm);
            yield return new(manifest.AssertionUri(label), label, value, active, HashedUri.TryRead(value.Get("claimSignature"), manifest.Algorithm), value.ContainsKey(field) && active is null);
        }
    }

    private static readonly string[] failure = ["failure"], everything = ["success", "informational", "failure"];

    /// <summary>The failures that the signer had found and wrote down, with absolute URIs.</summary>
    public IEnumerable<(string Code, string Uri)> RecordedFailures() => Recorded(failure);

    /// <summary>Everything that the signer had found and wrote down, with absolute URIs.</summary>
    public IEnumerable<(string Code, string Uri)> RecordedFindings() => Recorded(everything);

    private IEnumerable<(string Code, string Uri)> Recorded(string[] kinds)
    {
        IEnumerable<CborMap> lists = Value.Map("validationResults") is { } results
            ? [.. One(results.Map("activeManifest")), .. (results.List("ingredientDeltas") ?? []).OfType<CborMap>().SelectMany(d => One(d.Map("validationDeltas")))] : [];
        IEnumerable<object?> statuses = lists.SelectMany(l => kinds.SelectMany(kind => l.List(kind) ?? [])).Concat(Value.List("validationStatus") ?? []);
        foreach (CborMap status in statuses.OfType<CborMap>())
            if (status.Text("code") is { } code) yield return (code, Absolute(status.Text("url") ?? ""));

        static IEnumerable<CborMap> One(CborMap? map) => map is null ? [] : [map];
    }

    private string Absolute(string uri) => ManifestLabel is { } label ? HashedUri.Absolute(uri, label) : uri;
}
