using Vitrine.Provenance.C2pa.Cbor;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>What the actions assertions must say (C2PA 2.2, 15.10.3.2.1 and 18.15; 2.4 for the source types).</summary>
internal static class ActionRules
{
    private const string Created = "c2pa.created", Opened = "c2pa.opened";

    /// <summary>Actions that cannot be seen or heard in the content, so no source type is asked of them.</summary>
    private static readonly string[] withoutSourceType =
    [
        Opened, "c2pa.converted", "c2pa.published", "c2pa.repackaged", "c2pa.transcoded", "c2pa.resized.proportional", "c2pa.enhanced",
        "c2pa.edited.metadata", "c2pa.watermarked", "c2pa.watermarked.bound", "c2pa.watermarked.unbound", "c2pa.redacted", "c2pa.placed",
    ];

    public static void Check(Manifest manifest, IReadOnlySet<string> manifestLabels, Findings findings, ValidationBudget budget)
    {
        (string Label, CborMap Value)[] assertions = [.. manifest.ActionAssertions];
        if (manifest.Version == 1)
        {
            if (assertions.Length > 1) findings.Fail(StatusCode.ActionMalformed, manifest.Uri, "A claim of version 1 may have one actions assertion.");
            return;
        }
        if (assertions.Length == 0)
        {
            if (!manifest.IsUpdate && !manifest.IsTimeStamp) findings.Fail(StatusCode.ActionMalformed, manifest.Uri, "The manifest does not say what was done to the content.");
            return;
        }
        // The claim's list, not the order of the boxes, says which actions come first.
        string? firstLabel = FirstNamed(manifest);
        int inceptions = 0;
        foreach ((string label, CborMap value) in assertions)
        {
            var rules = new AssertionRules(manifest, label, manifestLabels, findings, budget);
            if (value.List("actions") is not { Count: > 0 } actions)
            {
                rules.Fail("The actions assertion lists no action.");
                continue;
            }
            for (int i = 0; i < actions.Count; i++)
            {
                if (actions[i] is not CborMap action || action.Text("action") is not { Length: > 0 } name)
                {
                    rules.Fail("An action has no name.");
                    continue;
                }
                bool isInception = name is Created or Opened;
                if (isInception) inceptions++;
                if (isInception != (i == 0 && label == firstLabel) && !(manifest.IsUpdate && !isInception))
                    rules.Fail(isInception ? $"The action {name} must be the first of all." : $"The first action is {Findings.Short(name)}; it must say that the content was created or opened.");
                rules.CheckOne(action, name);
            }
        }
        if (inceptions > 1) findings.Fail(StatusCode.ActionMalformed, manifest.Uri, "The content was created or opened more than once.");
    }

    private static string? FirstNamed(Manifest manifest)
    {
        foreach (object? entry in manifest.ReferenceFields.SelectMany(f => manifest.Claim.List(f) ?? []))
        {
            string? url = HashedUri.TryRead(entry, null)?.Url;
            string? label = url?[(url.LastIndexOf('/') + 1)..];
            if (label is not null && Manifest.BaseLabel(label) is "c2pa.actions" or "c2pa.actions.v2") return label;
        }
        return null;
    }

    private sealed class AssertionRules(Manifest manifest, string label, IReadOnlySet<string> manifestLabels, Findings findings, ValidationBudget budget)
    {
        private readonly bool isVersion2 = Manifest.BaseLabel(label) == "c2pa.actions.v2";
        private readonly bool asksSourceTypes = AsksSourceTypes(manifest.Claim.Map("claim_generator_info")?.Text("specVersion"));
        private readonly bool hasSoftBinding = manifest.Assertions("c2pa.soft-binding").Any();
        private readonly string uri = manifest.AssertionUri(label);

        public void Fail(string explanation) => findings.Fail(StatusCode.ActionMalformed, uri, explanation);

        public void CheckOne(CborMap action, string written)
        {
            // It is quoted for each of its references.
            string name = Findings.Short(written);
            if (isVersion2 && action.ContainsKey("softwareAgent") && action.Map("softwareAgent")?.Text("name") is null)
                Fail($"The software agent of {name} is not a map with a name.");
            if (isVersion2 && action.ContainsKey("when") && action.Get("when") is not CborTagged { Tag: 0, Value: string }) Fail($"The time of {name} is not a tagged date.");
            if (action.ContainsKey("parameters") && action.Map("parameters") is null) Fail($"The parameters of {name} are not a map.");
            bool mustSaySource = name == Created || (asksSourceTypes && name.StartsWith("c2pa.", StringComparison.Ordinal) && !withoutSourceType.Contains(name));
            if (mustSaySource && action.Text("digitalSourceType") is not { Length: > 0 }) Fail($"The action {name} does not say of which source type its result is.");
            if (name == "c2pa.watermarked.bound" && !hasSoftBinding)
                findings.Fail(StatusCode.ActionSoftBindingMissing, uri, "A bound watermark is claimed, but no soft binding describes it.");
            if (name == "c2pa.translated" && (action.Map("parameters")?.Text("sourceLanguage") is not { Length: > 0 } || action.Map("parameters")?.Text("targetLanguage") is not { Length: > 0 }))
                Fail("A translation does not name both languages.");
            if (name == "c2pa.redacted") CheckRedacted(action);
            CheckIngredients(action, name);
        }

        /// <summary>2.4 asks the source type of every action that can be perceived; earlier versions only that of a creation.</summary>
        private static bool AsksSourceTypes(string? specVersion) => Version.TryParse(specVersion, out Version? version) && version >= new Version(2, 4);

        private void CheckRedacted(CborMap action)
        {
            if (action.Map("parameters")?.Text("redacted") is not { } target || HashedUri.ManifestOf(target) is not { } label || !manifestLabels.Contains(label))
                findings.Fail(StatusCode.ActionRedactionMismatch, uri, "A redaction does not say which assertion of which manifest of the store it took away.");
        }

        private void CheckIngredients(CborMap action, string name)
        {
            List<HashedUri> references = References(action.Map("parameters"));
            string? wanted = name switch { Opened => "parentOf", "c2pa.placed" or "c2pa.removed" => "componentOf", "c2pa.transcoded" or "c2pa.repackaged" when references.Count > 0 => "parentOf", _ => null };
            var found = references.ConvertAll(r => (Reference: r, Ingredient: Find(r)));
            if (wanted is not null && !found.Exists(f => f.Ingredient?.Text("relationship") == wanted) || name == Opened && found.Count != 1)
                findings.Fail(StatusCode.ActionIngredientMismatch, uri, name == Opened ? "The content was opened, but exactly one parent ingredient is not named."
                    : $"The action {name} names no ingredient that is '{wanted}'.");
            foreach ((HashedUri reference, CborMap? ingredient) in found)
            {
                if (ingredient is null) findings.Fail(StatusCode.UriMissing, reference.AbsoluteUri(manifest.Label), $"The action {name} names an ingredient that is not there.");
                else if (LabelOf(reference) is { } named && manifest.AssertionBox(named) is { } box && reference.Compare(box.Content, budget) == HashMatch.Different)
                    findings.Fail(StatusCode.UriMismatch, reference.AbsoluteUri(manifest.Label), $"The action {name} names an ingredient that is another now.");
            }
        }

        private List<HashedUri> References(CborMap? parameters)
        {
            IEnumerable<object?> entries = parameters?.List("ingredients") ?? (parameters?.Map("ingredient") is { } one ? [one] : (List<object?>)[]);
            return [.. entries.Select(e => HashedUri.TryRead(e, manifest.Algorithm)).OfType<HashedUri>()];
        }

        private string? LabelOf(HashedUri reference)
        {
            string folder = $"/c2pa/{manifest.Label}/{Manifest.AssertionsLabel}/";
            return reference.AbsolutePath(manifest.Label) is { } path && path.StartsWith(folder, StringComparison.Ordinal) ? path[folder.Length..] : null;
        }

        private CborMap? Find(HashedUri reference) => LabelOf(reference) is { } label ? manifest.Ingredient(label) : null;
    }
}
