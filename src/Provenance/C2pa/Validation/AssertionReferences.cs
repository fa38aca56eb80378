using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Every assertion is named in the claim exactly once, with its hash, and every name leads to an assertion (C2PA 2.2, 15.10).</summary>
internal static class AssertionReferences
{
    private const string CreatedField = "created_assertions";

    private static readonly string[] hardBindings =
        ["c2pa.hash.data", "c2pa.hash.boxes", "c2pa.hash.bmff", "c2pa.hash.bmff.v2", "c2pa.hash.bmff.v3", "c2pa.hash.collection.data", "c2pa.hash.multi-asset"];

    public static void Check(Manifest manifest, Findings findings)
    {
        string folder = $"/c2pa/{manifest.Label}/{manifest.AssertionStore.Label}/";
        var undeclared = manifest.AssertionStore.Children.ToList();
        var created = new List<string>();
        foreach (string field in new[] { CreatedField, "gathered_assertions" })
        {
            foreach (object? entry in manifest.Claim.List(field) ?? [])
            {
                if (HashedUri.TryRead(entry, manifest.Claim.Text("alg")) is not { } reference)
                {
                    findings.Fail(StatusCode.ClaimMalformed, field, "An entry of the claim's assertion lists is not a hashed URI.");
                    continue;
                }
                string? path = reference.AbsolutePath(manifest.Label);
                if (path is null || !path.StartsWith(folder, StringComparison.Ordinal))
                {
                    findings.Fail(StatusCode.AssertionOutsideManifest, reference.Url, "The claim names an assertion outside its own manifest.");
                    continue;
                }
                string label = path[folder.Length..];
                if (undeclared.Find(b => b.Label == label) is not { } box)
                {
                    bool repeated = manifest.AssertionStore.Children.Exists(b => b.Label == label);
                    findings.Fail(repeated ? StatusCode.ClaimMalformed : StatusCode.AssertionMissing, reference.Url,
                        repeated ? "The claim names this assertion twice." : "The claim names an assertion that is not there.");
                    continue;
                }
                undeclared.Remove(box);
                if (field == CreatedField) created.Add(label);
                CheckHash(reference, box, findings);
            }
        }
        foreach (JumbfBox box in undeclared)
            findings.Fail(StatusCode.AssertionUndeclared, box.Label, "The manifest holds an assertion that its claim does not name.");
        CheckHardBindings(manifest, created, findings);
    }

    private static void CheckHash(HashedUri reference, JumbfBox box, Findings findings)
    {
        switch (reference.Matches(box.Content.Span))
        {
            case true:
                findings.Pass(StatusCode.HashedUriMatch, reference.Url, "The assertion is as it was when the claim was signed.");
                break;
            case false:
                findings.Fail(StatusCode.HashedUriMismatch, reference.Url, "The assertion was changed after the claim was signed.");
                break;
            default:
                findings.Fail(StatusCode.AlgorithmUnsupported, reference.Url, $"The hash algorithm '{reference.Algorithm}' is not allowed.");
                break;
        }
    }

    private static void CheckHardBindings(Manifest manifest, List<string> created, Findings findings)
    {
        string[] bindings = [.. manifest.AssertionStore.Children.Select(b => b.Label).Where(l => hardBindings.Contains(Manifest.BaseLabel(l)))];
        if (bindings.Length == 0 || !bindings.Any(created.Contains))
            findings.Fail(StatusCode.HardBindingsMissing, manifest.Label, "The claim binds itself to no content: it could be moved to any file.");
        if (bindings.Length > 1)
            findings.Fail(StatusCode.MultipleHardBindings, manifest.Label, "The claim has more than one hard binding.");
        foreach (string other in bindings.Where(b => Manifest.BaseLabel(b) != "c2pa.hash.data"))
            findings.Fail(StatusCode.General, other, "This validator reads only the hard binding c2pa.hash.data.");
    }
}
