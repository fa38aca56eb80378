using Vitrine.Provenance.C2pa.Cbor;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>What a claim may take away from the manifests of its ingredients (C2PA 2.2, 6.8 and 15.11.3.1).</summary>
internal static class RedactionRules
{
    /// <summary>The URIs in a claim's <c>redacted_assertions</c>.</summary>
    public static IEnumerable<string> Of(CborMap claim) => (claim.List("redacted_assertions") ?? []).OfType<string>();

    public static void Check(Manifest manifest, Findings findings)
    {
        foreach (string written in Of(manifest.Claim))
        {
            string uri = HashedUri.Absolute(written, manifest.Label);
            string label = uri[(uri.LastIndexOf('/') + 1)..];
            if (HashedUri.ManifestOf(uri) is not { } target || target == manifest.Label)
                findings.Fail(StatusCode.AssertionSelfRedacted, uri, "A claim takes away an assertion of its own manifest.");
            if (Manifest.BaseLabel(label) is "c2pa.actions" or "c2pa.actions.v2")
                findings.Fail(StatusCode.ActionRedacted, uri, "A claim takes away what was done to the content.");
            if (AssertionReferences.IsHardBinding(label))
                findings.Fail(StatusCode.DataHashRedacted, uri, "A claim takes away the binding of a manifest to its content.");
        }
    }
}
