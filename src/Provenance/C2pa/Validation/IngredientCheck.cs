using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Whether one ingredient assertion holds together and leads to the manifest that was taken in (C2PA 2.2, 15.11.3).</summary>
internal static class IngredientCheck
{
    public static void Run(IngredientReference ingredient, Manifest manifest, ManifestStore store, IReadOnlySet<string> redacted, Findings findings, ValidationBudget budget)
    {
        if (ingredient.Relationship is not ("parentOf" or "componentOf" or "inputTo"))
            findings.Fail(StatusCode.IngredientMalformed, ingredient.Uri, "The ingredient does not say how it was used.");
        CheckAttachments(ingredient, manifest, redacted, findings, budget);
        if (ingredient.ActiveManifest is not { } reference)
        {
            if (ingredient.HasBrokenReference) findings.Fail(StatusCode.IngredientMalformed, ingredient.Uri, "The reference to the ingredient's manifest is not a hashed URI.");
            else if (ingredient.Relationship != "inputTo") findings.Note(StatusCode.IngredientUnknownProvenance, ingredient.Uri, "The ingredient came without credentials.");
            return;
        }
        if (ingredient.IsVersion3 && !ingredient.Value.ContainsKey("validationResults"))
            findings.Fail(StatusCode.IngredientMalformed, ingredient.Uri, "The ingredient does not say what the check of its credentials found.");
        if (ingredient.ManifestLabel is not { } label || store.Box(label) is not { } box)
            findings.Fail(StatusCode.IngredientManifestMissing, reference.AbsoluteUri(manifest.Label), "The ingredient's manifest is not in the store.");
        else CheckManifest(ingredient, reference, box, store.Read(label), redacted, findings, budget);
    }

    private static void CheckManifest(
        IngredientReference ingredient, HashedUri reference, JumbfBox box, Manifest? content, IReadOnlySet<string> redacted, Findings findings, ValidationBudget budget)
    {
        HashMatch stored = reference.Compare(box.Content, budget);
        if (stored == HashMatch.UnknownAlgorithm) findings.Fail(StatusCode.AlgorithmUnsupported, reference.Url, "The hash algorithm of the reference to the ingredient's manifest is not allowed.");
        if (stored is HashMatch.UnknownAlgorithm or HashMatch.NotComputed) return;
        bool matches = stored == HashMatch.Same
            || (content is not null && content.Box != box && reference.Compare(content.Box.Content, budget) == HashMatch.Same)
            // Before 1.3 the hash was that of the claim alone.
            || (content is { Version: 1 } && reference.Compare(content.ClaimBytes, budget) == HashMatch.Same);
        if (matches)
        {
            findings.Pass(StatusCode.IngredientManifestValidated, reference.Url, "The ingredient's manifest is as it was when it was taken in.");
            return;
        }
        if (content is null || !redacted.Contains(content.Uri))
            findings.Fail(ingredient.IsVersion3 ? StatusCode.IngredientManifestMismatch : StatusCode.IngredientHashedUriMismatch, reference.Url, "The ingredient's manifest was changed after it was taken in.");
        // When assertions were taken away the signature alone still ties the manifest to what was taken in.
        else if (ingredient.ClaimSignature is not { } signature)
            findings.Fail(StatusCode.IngredientSignatureMissing, reference.Url, "Assertions of the ingredient were taken away, and its signature is not named.");
        else if (content.SignatureBox is { } found && signature.Compare(found.Content, budget) is var match && match != HashMatch.Different)
        {
            if (match == HashMatch.Same) findings.Pass(StatusCode.IngredientSignatureValidated, content.SignatureUri, "The ingredient's signature is the one that was taken in.");
            if (match == HashMatch.UnknownAlgorithm) findings.Fail(StatusCode.AlgorithmUnsupported, reference.Url, "The hash algorithm of the reference to the ingredient's signature is not allowed.");
        }
        else
            findings.Fail(StatusCode.IngredientSignatureMismatch, reference.Url, "The ingredient's signature is another than the one that was taken in.");
    }

    private static void CheckAttachments(IngredientReference ingredient, Manifest manifest, IReadOnlySet<string> redacted, Findings findings, ValidationBudget budget)
    {
        string folder = $"/c2pa/{manifest.Label}/{Manifest.AssertionsLabel}/";
        foreach (string field in new[] { "thumbnail", "data" })
        {
            if (!ingredient.Value.ContainsKey(field) || HashedUri.TryRead(ingredient.Value.Get(field), manifest.Algorithm) is not { } reference) continue;
            if (reference.AbsolutePath(manifest.Label) is not { } path || !path.StartsWith(folder, StringComparison.Ordinal) || redacted.Contains("self#jumbf=" + path)) continue;
            if (manifest.AssertionBox(path[folder.Length..]) is not { } box)
            {
                findings.Fail(StatusCode.UriMissing, reference.AbsoluteUri(manifest.Label), $"The ingredient's {field} is not there.");
                continue;
            }
            HashMatch match = reference.Compare(box.Content, budget);
            if (match == HashMatch.Different)
                findings.Fail(StatusCode.UriMismatch, reference.AbsoluteUri(manifest.Label), $"The ingredient's {field} was changed.");
            else if (match == HashMatch.UnknownAlgorithm)
                findings.Fail(StatusCode.AlgorithmUnsupported, reference.AbsoluteUri(manifest.Label), $"The hash algorithm of the ingredient's {field} is not allowed.");
        }
    }
}
