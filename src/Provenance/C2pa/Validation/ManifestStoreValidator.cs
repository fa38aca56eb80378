using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The order of a validation (C2PA 2.2, chapter 15): find the store, read it, then check everything that can still be checked.</summary>
internal static class ManifestStoreValidator
{
    public static CredentialVerdict Validate(ReadOnlyMemory<byte> file, TrustAnchors anchors, DateTimeOffset at)
    {
        if (Carrier.Sniff(file.Span) == CarrierFormat.Unknown)
            return new(CredentialState.None, [Note("The file is neither PNG, JPEG nor WebP.")], null);
        var findings = new Findings();
        Carrier? carrier = Carrier.TryOpen(file, out string problem);
        if (carrier is null)
        {
            findings.Fail(StatusCode.General, "", problem);
            return new(CredentialState.Invalid, findings.All, null);
        }
        if (carrier.Stores.Count == 0)
            return new(CredentialState.None, [Note("The file holds no manifest store.")], null);
        if (carrier.Stores.Count > 1)
            findings.Fail(StatusCode.General, "", $"The file holds {carrier.Stores.Count} manifest stores where there may be only one.");
        StoreFrame frame = carrier.Stores[0];
        if (frame.Damage is { } damage) findings.Fail(StatusCode.General, "", damage);
        ManifestSummary? summary = null;
        if (JumbfBox.TryParse(frame.Store, out problem) is { } store) summary = CheckStore(store, file, frame, anchors, at, findings);
        else findings.Fail(StatusCode.General, "", "The manifest store is not well-formed JUMBF. " + problem);
        CredentialState state = findings.Failed ? CredentialState.Invalid
            : findings.Has(StatusCode.CredentialUntrusted) ? CredentialState.Valid
            // An empty list of failures proves nothing by itself: these successes have to be there.
            : findings.Has(StatusCode.CredentialTrusted) && findings.Has(StatusCode.SignatureValidated) && findings.Has(StatusCode.DataHashMatch)
                ? CredentialState.Trusted
                : CredentialState.Invalid;
        return new(state, findings.All, summary);
    }

    private static ManifestSummary? CheckStore(
        JumbfBox store, ReadOnlyMemory<byte> file, StoreFrame frame, TrustAnchors anchors, DateTimeOffset at, Findings findings)
    {
        if (store.Type != JumbfType.Store || store.Label != "c2pa" || store.Children.Count == 0)
        {
            findings.Fail(StatusCode.ClaimMissing, store.Label, "The store is not a C2PA store with at least one manifest.");
            return null;
        }
        foreach (JumbfBox repeated in store.Children.GroupBy(m => m.Label, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.First()))
            findings.Fail(StatusCode.General, repeated.Label, "Two manifests of the store have the same label.");
        JumbfBox active = store.Children[^1];
        if (Manifest.TryRead(active, findings) is not { } manifest) return null;
        SigningCredential? signer = ClaimSignatureCheck.Run(manifest, anchors, at, findings);
        AssertionReferences.Check(manifest, findings);
        ActionRules.Check(manifest, findings);
        DataHashCheck.Run(manifest, file, frame, findings);
        IngredientCheck.Run(manifest, store, findings);
        return manifest.Summarise(signer);
    }

    private static CredentialFinding Note(string explanation) => new(FindingKind.Informational, StatusCode.ClaimMissing, "", explanation);
}
