using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Every assertion is named in the claim exactly once, with its hash, and every name leads to an assertion (C2PA 2.2, 15.10).</summary>
internal static class AssertionReferences
{
    private static readonly string[] hardBindings =
        ["c2pa.hash.data", "c2pa.hash.boxes", "c2pa.hash.bmff", "c2pa.hash.bmff.v2", "c2pa.hash.bmff.v3", "c2pa.hash.collection.data", "c2pa.hash.multi-asset"];

    public static bool IsHardBinding(string label) => hardBindings.Contains(Manifest.BaseLabel(label));

    /// <param name="redacted">URIs of the assertions that a later manifest of the store took away.</param>
    public static void Check(Manifest manifest, Findings findings, IReadOnlySet<string> redacted, ValidationBudget budget)
    {
        string folder = $"/c2pa/{manifest.Label}/{Manifest.AssertionsLabel}/";
        var boxes = new Dictionary<string, JumbfBox>(StringComparer.Ordinal);
        var undeclared = new HashSet<JumbfBox>();
        foreach (JumbfBox box in manifest.AssertionStore.Children)
        {
            if (!boxes.TryAdd(box.Label, box)) findings.Fail(StatusCode.AssertionUndeclared, manifest.AssertionUri(box.Label), "Two assertions have the same label.");
            undeclared.Add(box);
        }
        var created = new HashSet<string>(StringComparer.Ordinal);
        foreach (string field in manifest.ReferenceFields)
        {
            foreach (object? entry in manifest.Claim.List(field) ?? [])
            {
                if (HashedUri.TryRead(entry, manifest.Algorithm) is not { } reference)
                {
                    findings.Fail(StatusCode.ClaimMalformed, manifest.Uri, $"An entry of the claim's {field} is not a hashed URI.");
                    continue;
                }
                string? path = reference.AbsolutePath(manifest.Label);
                if (path is null || !path.StartsWith(folder, StringComparison.Ordinal))
                {
                    findings.Fail(StatusCode.AssertionOutsideManifest, reference.AbsoluteUri(manifest.Label), "The claim names an assertion outside its own manifest.");
                    continue;
                }
                string label = path[folder.Length..], uri = manifest.AssertionUri(label);
                bool isRedacted = redacted.Contains(uri);
                if (!boxes.TryGetValue(label, out JumbfBox? box))
                {
                    if (!isRedacted) findings.Fail(StatusCode.AssertionMissing, uri, "The claim names an assertion that is not there.");
                    continue;
                }
                bool isFirst = undeclared.Remove(box);
                if (!isFirst) findings.Fail(StatusCode.ClaimMalformed, uri, "The claim names this assertion twice.");
                if (field != "gathered_assertions") created.Add(label);
                if (!isRedacted) CheckHash(reference, uri, box, findings, budget);
                else if (isFirst && box.Children.Exists(c => c.Content.Span.ContainsAnyExcept((byte)0)))
                    findings.Fail(StatusCode.AssertionNotRedacted, uri, "A later manifest says that this assertion was taken away, but it is still there.");
            }
        }
        foreach (JumbfBox box in undeclared)
            findings.Fail(StatusCode.AssertionUndeclared, manifest.AssertionUri(box.Label), "The manifest holds an assertion that its claim does not name.");
        CheckHardBindings(manifest, created, findings);
    }

    private static void CheckHash(HashedUri reference, string uri, JumbfBox box, Findings findings, ValidationBudget budget)
    {
        switch (reference.Compare(box.Content, budget))
        {
            case HashMatch.Same:
                findings.Pass(StatusCode.HashedUriMatch, uri, "The assertion is as it was when the claim was signed.");
                break;
            case HashMatch.Different:
                findings.Fail(StatusCode.HashedUriMismatch, uri, "The assertion was changed after the claim was signed.");
                break;
            case HashMatch.UnknownAlgorithm:
                findings.Fail(StatusCode.AlgorithmUnsupported, uri, $"The hash algorithm '{Findings.Short(reference.Algorithm)}' is not allowed.");
                break;
        }
    }

    private static void CheckHardBindings(Manifest manifest, HashSet<string> created, Findings findings)
    {
        string[] bindings = [.. manifest.AssertionStore.Children.Select(b => b.Label).Where(IsHardBinding)];
        if (manifest.IsUpdate)
        {
            if (bindings.Length > 0) findings.Fail(StatusCode.ManifestUpdateInvalid, manifest.Uri, "An update manifest must not bind itself to content.");
            return;
        }
        if (manifest.IsTimeStamp) return;
        if (bindings.Length == 0 || !bindings.Any(created.Contains))
            findings.Fail(StatusCode.HardBindingsMissing, manifest.Uri, "The claim binds itself to no content: it could be moved to any file.");
        if (bindings.Length > 1)
            findings.Fail(StatusCode.MultipleHardBindings, manifest.Uri, "The claim has more than one hard binding.");
    }
}
