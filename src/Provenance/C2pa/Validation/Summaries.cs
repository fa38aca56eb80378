using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Writing;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>What the active manifest says, for those who ask about a file.</summary>
internal static class Summaries
{
    public static ManifestSummary Of(Manifest manifest, SigningCredential? signer, DateTimeOffset? stampedAt)
    {
        CborMap? generator = manifest.Claim.Map("claim_generator_info") ?? (manifest.Claim.List("claim_generator_info") ?? []).OfType<CborMap>().FirstOrDefault();
        return new(
            manifest.Label, manifest.Claim.Text("instanceID"), manifest.Claim.Text("dc:title"), generator?.Text("name") ?? manifest.Claim.Text("claim_generator"), generator?.Text("version"),
            signer?.Organisation, signer?.Name, signer?.Validity.Until,
            [.. manifest.ActionAssertions.SelectMany(a => a.Value.List("actions") ?? []).OfType<CborMap>().Select(OfAction)],
            manifest.Assertions("cawg.training-mining").Concat(manifest.Assertions("c2pa.training-mining")).Any(RefusesSomeUse))
        {
            Ingredients = [.. IngredientReference.Of(manifest).Select(OfIngredient)],
            SoftBindings = [.. manifest.Assertions("c2pa.soft-binding").SelectMany(b => OfSoftBinding(b, manifest.Claim.Text("alg_soft")))],
            StampedAt = stampedAt,
        };
    }

    private static ActionSummary OfAction(CborMap action) => new(
        action.Text("action") ?? "",
        action.Get("when") is CborTagged { Value: string when } ? when : action.Text("when"),
        action.Map("softwareAgent")?.Text("name") ?? action.Text("softwareAgent"),
        action.Map("softwareAgent")?.Text("version"),
        action.Text("digitalSourceType"),
        action.Map("parameters")?.Text(ActionsAssertion.ModelDigestParameter));

    private static IngredientSummary OfIngredient(IngredientReference ingredient) => new(
        ingredient.Value.Text("dc:title"), ingredient.Value.Text("dc:format"), ingredient.Relationship, ingredient.ManifestLabel, ingredient.Value.Text("description"),
        [.. ingredient.RecordedFailures().Select(f => f.Code).Distinct(StringComparer.Ordinal)]);

    private static IEnumerable<SoftBinding> OfSoftBinding(CborMap binding, string? defaultAlgorithm)
    {
        foreach (CborMap block in (binding.List("blocks") ?? []).OfType<CborMap>())
            if ((binding.Text("alg") ?? defaultAlgorithm) is { } algorithm && block.Bytes("value") is { } value) yield return new(algorithm, value.ToArray());
    }

    private static bool RefusesSomeUse(CborMap statement) =>
        statement.Map("entries") is { } entries && entries.Values.OfType<CborMap>().Any(e => e.Text("use") == "notAllowed");
}
