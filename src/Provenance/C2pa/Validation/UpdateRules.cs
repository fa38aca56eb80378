using Vitrine.Provenance.C2pa.Cbor;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>How many parents a manifest has, and what an update manifest may say: nothing that changes the content (C2PA 2.2, 11.2.3 and 15.11.2).</summary>
internal static class UpdateRules
{
    private static readonly string[] allowedActions = ["c2pa.edited.metadata", "c2pa.opened", "c2pa.published", "c2pa.redacted"];

    public static void Check(Manifest manifest, Findings findings)
    {
        int parents = manifest.Ingredients.Count(i => i.Value.Text("relationship") == "parentOf"), others = manifest.Ingredients.Count - parents;
        if (manifest.IsTimeStamp)
        {
            if (parents != 1) findings.Fail(StatusCode.ManifestTimeStampWrongParents, manifest.Uri, "A time-stamp manifest must have exactly one parent.");
            if (manifest.AssertionStore.Children.Count != manifest.Ingredients.Count)
                findings.Fail(StatusCode.ManifestTimeStampInvalid, manifest.Uri, "A time-stamp manifest must hold nothing but its parent.");
            return;
        }
        if (!manifest.IsUpdate)
        {
            if (parents > 1) findings.Fail(StatusCode.ManifestMultipleParents, manifest.Uri, "The manifest has more than one parent.");
            return;
        }
        if (parents != 1) findings.Fail(StatusCode.ManifestUpdateWrongParents, manifest.Uri, "An update manifest must have exactly one parent.");
        if (others > 0) findings.Fail(StatusCode.ManifestUpdateInvalid, manifest.Uri, "An update manifest must not have ingredients besides its parent.");
        foreach (CborMap action in manifest.ActionAssertions.SelectMany(a => a.Value.List("actions") ?? []).OfType<CborMap>())
            if (action.Text("action") is { } name && !allowedActions.Contains(name))
                findings.Fail(StatusCode.ManifestUpdateInvalid, manifest.Uri, $"An update manifest must not hold the action {Findings.Short(name)}.");
        if (manifest.AssertionStore.Children.Exists(b => b.Label.StartsWith("c2pa.thumbnail.claim", StringComparison.Ordinal)))
            findings.Fail(StatusCode.ManifestUpdateInvalid, manifest.Uri, "An update manifest must not bring a thumbnail.");
    }
}
