using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>
/// Checks the active manifest, its binding to the file, and the manifests of all ingredients, each once (C2PA 2.2, chapter 15). A file proves its ingredients' claims
/// and not their content, which is not here.
/// </summary>
internal sealed class StoreCheck
{
    private readonly ManifestStore store;
    private readonly Carrier? carrier;
    private readonly StoreFrame? frame;
    private readonly TrustAnchors anchors;
    private readonly DateTimeOffset at;
    private readonly Findings findings;
    private readonly ValidationBudget budget;
    private readonly HashSet<string> visited = new(StringComparer.Ordinal);
    private readonly HashSet<string> redacted = new(StringComparer.Ordinal);
    private readonly HashSet<(string Code, string Uri)> recorded = [];
    private readonly Dictionary<string, DateTimeOffset> laterStamps;
    private readonly Dictionary<string, (SigningCredential? Signer, DateTimeOffset? StampedAt)> signed = new(StringComparer.Ordinal);

    /// <param name="carrier">Null for a store without its file: then what the claims say is checked, and neither the binding nor what ingredients brought along.</param>
    public StoreCheck(JumbfBox box, Carrier? carrier, StoreFrame? frame, TrustAnchors anchors, DateTimeOffset at, Findings findings, ValidationBudget budget)
    {
        (this.carrier, this.frame, this.anchors, this.at, this.findings, this.budget) = (carrier, frame, anchors, at, findings, budget);
        store = new(box, findings, budget);
        List<Manifest> reachable = Reachable();
        foreach (string uri in reachable.SelectMany(manifest => RedactionRules.Of(manifest.Claim)))
        {
            redacted.Add(uri);
            // The manifest too, to be found without reading all of them for every ingredient.
            if (HashedUri.ManifestOf(uri) is { } label && "self#jumbf=/c2pa/" + label is var manifest && manifest != uri) redacted.Add(manifest);
        }
        laterStamps = LaterStamps.Read(reachable, store, anchors, findings, budget);
    }

    public ManifestSummary? Run()
    {
        Manifest? active = store.Read(store.ActiveLabel);
        (SigningCredential? signer, DateTimeOffset? stampedAt) = CheckManifest(store.ActiveLabel, new(StringComparer.Ordinal));
        findings.IngredientUri = null;
        foreach (string label in store.Labels.Where(l => !visited.Contains(l)).Order(StringComparer.Ordinal))
            findings.Note(StatusCode.ManifestUnreferenced, "self#jumbf=/c2pa/" + label, "No manifest refers to this one.");
        if (active is null) return null;
        if (carrier is null || frame is null) return Summaries.Of(active, signer, stampedAt);
        if (Bound(active) is { } bound) HardBindingCheck.Run(bound, carrier, frame, isUpdated: bound != active, findings, budget);
        else findings.Fail(StatusCode.HardBindingsMissing, active.Uri, "No manifest of the store binds itself to the content.");
        findings.MarkRecorded(recorded);
        return Summaries.Of(active, signer, stampedAt) with
        {
            Updated = Bound(active) is { } content && content != active && signed.TryGetValue(content.Label, out var by) ? Summaries.Of(content, by.Signer, by.StampedAt) : null,
        };
    }

    private (SigningCredential? Signer, DateTimeOffset? StampedAt) CheckManifest(string label, HashSet<string> path)
    {
        visited.Add(label);
        foreach (CredentialFinding found in store.FindingsOf(label)) findings.Add(found);
        if (store.Read(label) is not { } manifest) return default;
        var result = ClaimSignatureCheck.Run(manifest, anchors, at, laterStamps.TryGetValue(label, out DateTimeOffset time) ? time : null, findings, budget);
        signed[label] = result;
        AssertionReferences.Check(manifest, findings, redacted, budget);
        RedactionRules.Check(manifest, findings);
        UpdateRules.Check(manifest, findings);
        ActionRules.Check(manifest, store.Labels, findings, budget);
        ContentRules.Check(manifest, findings);
        // An update belongs to the manifest that it updates, with or without the file.
        if (carrier is not null || manifest.IsUpdate)
        {
            path.Add(label);
            CheckIngredients(manifest, path);
            path.Remove(label);
        }
        return result;
    }

    private void CheckIngredients(Manifest manifest, HashSet<string> path)
    {
        foreach (IngredientReference ingredient in IngredientReference.Of(manifest))
        {
            string? above = findings.IngredientUri;
            IngredientCheck.Run(ingredient, manifest, store, redacted, findings, budget);
            recorded.UnionWith(ingredient.RecordedFindings());
            if (ingredient.ManifestLabel is not { } label || store.Box(label) is null) continue;
            if (path.Contains(label)) findings.Fail(StatusCode.IngredientMalformed, ingredient.Uri, "The ingredient leads back to the manifest that it belongs to.");
            else if (path.Count >= ValidationLimits.IngredientDepth) findings.Fail(StatusCode.General, ingredient.Uri, "The ingredients are nested too deeply.");
            else if (!visited.Contains(label))
            {
                findings.IngredientUri = ingredient.Uri;
                CheckManifest(label, path);
                findings.IngredientUri = above;
            }
        }
    }

    /// <summary>The active manifest and all that its ingredients lead to, nearest first.</summary>
    private List<Manifest> Reachable()
    {
        var reachable = new List<Manifest>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { store.ActiveLabel };
        var next = new Queue<string>(seen);
        while (next.TryDequeue(out string? label))
        {
            if (store.Read(label) is not { } manifest) continue;
            reachable.Add(manifest);
            foreach (IngredientReference ingredient in IngredientReference.Of(manifest))
                if (ingredient.ManifestLabel is { } child && seen.Add(child)) next.Enqueue(child);
        }
        return reachable;
    }

    /// <summary>The manifest that binds the content: below update manifests the first standard one (C2PA 2.2, 15.11.2).</summary>
    private Manifest? Bound(Manifest manifest)
    {
        for (int depth = 0; depth < ValidationLimits.IngredientDepth; depth++)
        {
            if (!manifest.IsUpdate) return manifest;
            string? parent = IngredientReference.Of(manifest).FirstOrDefault(i => i.Relationship == "parentOf")?.ManifestLabel;
            if (parent is null || store.Read(parent) is not { } next) return null;
            manifest = next;
        }
        return null;
    }
}
