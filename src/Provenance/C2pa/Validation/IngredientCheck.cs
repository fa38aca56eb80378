using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>
/// Whether the manifests of the ingredients are there and unchanged. Their own claims are not validated again: the signer of the active
/// manifest states in it what the validation at ingest found.
/// </summary>
internal static class IngredientCheck
{
    private const string Ingredient = "c2pa.ingredient.v3";

    public static void Run(Manifest manifest, JumbfBox store, Findings findings)
    {
        var unreferenced = store.Children.Take(store.Children.Count - 1).ToList();
        foreach ((string label, CborMap value) in manifest.CborAssertions.Where(a => Manifest.BaseLabel(a.Label) == Ingredient))
        {
            if (value.Text("relationship") is not ("parentOf" or "componentOf" or "inputTo"))
                findings.Fail(StatusCode.IngredientMalformed, label, "The ingredient does not say how it was used.");
            if (!value.ContainsKey("activeManifest")) continue;
            string? path = null;
            if (HashedUri.TryRead(value.Get("activeManifest"), manifest.Claim.Text("alg")) is { } reference) path = reference.AbsolutePath(manifest.Label);
            else reference = null;
            JumbfBox? box = path is null ? null : store.Children.Find(m => path == "/c2pa/" + m.Label);
            if (reference is null || path is null) findings.Fail(StatusCode.IngredientMalformed, label, "The reference to the ingredient's manifest is not a hashed URI.");
            else if (box is null || box == manifest.Box) findings.Fail(StatusCode.IngredientManifestMissing, reference.Url, "The ingredient's manifest is not in the store.");
            else
            {
                unreferenced.Remove(box);
                if (reference.Matches(box.Content.Span) == true)
                    findings.Pass(StatusCode.IngredientManifestValidated, reference.Url, "The ingredient's manifest is as it was when it was taken in.");
                else
                    findings.Fail(StatusCode.IngredientManifestMismatch, reference.Url, "The ingredient's manifest was changed after it was taken in.");
            }
        }
        foreach (JumbfBox box in unreferenced)
            findings.Note(StatusCode.ManifestUnreferenced, box.Label, "The active manifest does not refer to this manifest itself.");
    }
}
