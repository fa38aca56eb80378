using Vitrine.Provenance.C2pa.Cbor;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>What the actions assertions must say (C2PA 2.2, 15.10.3.2.1 and 18.15).</summary>
internal static class ActionRules
{
    private const string Actions = "c2pa.actions.v2", Created = "c2pa.created", Opened = "c2pa.opened";

    /// <summary>Actions that cannot be seen or heard in the content, so no source type is asked of them.</summary>
    private static readonly string[] withoutSourceType =
    [
        Opened, "c2pa.converted", "c2pa.published", "c2pa.repackaged", "c2pa.transcoded", "c2pa.resized.proportional", "c2pa.enhanced",
        "c2pa.edited.metadata", "c2pa.watermarked", "c2pa.watermarked.bound", "c2pa.watermarked.unbound", "c2pa.redacted", "c2pa.placed",
    ];

    public static void Check(Manifest manifest, Findings findings)
    {
        (string Label, CborMap Value)[] assertions = [.. manifest.CborAssertions.Where(a => Manifest.BaseLabel(a.Label) == Actions)];
        if (assertions.Length == 0)
        {
            findings.Fail(StatusCode.ActionMalformed, manifest.Label, "The manifest does not say what was done to the content.");
            return;
        }
        // The claim's list, not the order of the boxes, says which actions come first.
        string? firstLabel = FirstNamed(manifest);
        bool softBound = manifest.CborAssertions.Exists(a => Manifest.BaseLabel(a.Label) == "c2pa.soft-binding");
        int inceptions = 0;
        foreach ((string label, CborMap value) in assertions)
        {
            if (value.List("actions") is not { Count: > 0 } actions)
            {
                findings.Fail(StatusCode.ActionMalformed, label, "The actions assertion lists no action.");
                continue;
            }
            for (int i = 0; i < actions.Count; i++)
            {
                if (actions[i] is not CborMap action || action.Text("action") is not { Length: > 0 } name)
                {
                    findings.Fail(StatusCode.ActionMalformed, label, "An action has no name.");
                    continue;
                }
                bool isInception = name is Created or Opened;
                if (isInception) inceptions++;
                if (isInception != (i == 0 && label == firstLabel))
                    findings.Fail(StatusCode.ActionMalformed, label, isInception
                        ? $"The action {name} must be the first of all." : $"The first action is {name}; it must say that the content was created or opened.");
                CheckOne(action, name, label, manifest, softBound, findings);
            }
        }
        if (inceptions > 1) findings.Fail(StatusCode.ActionMalformed, manifest.Label, "The content was created or opened more than once.");
    }

    private static void CheckOne(CborMap action, string name, string label, Manifest manifest, bool softBound, Findings findings)
    {
        if (action.ContainsKey("softwareAgent") && action.Map("softwareAgent")?.Text("name") is null)
            findings.Fail(StatusCode.ActionMalformed, label, $"The software agent of {name} is not a map with a name.");
        if (action.ContainsKey("when") && action.Get("when") is not CborTagged { Tag: 0, Value: string })
            findings.Fail(StatusCode.ActionMalformed, label, $"The time of {name} is not a tagged date.");
        if (action.ContainsKey("parameters") && action.Map("parameters") is null)
            findings.Fail(StatusCode.ActionMalformed, label, $"The parameters of {name} are not a map.");
        if (name.StartsWith("c2pa.", StringComparison.Ordinal) && !withoutSourceType.Contains(name) && action.Text("digitalSourceType") is not { Length: > 0 })
            findings.Fail(StatusCode.ActionMalformed, label, $"The action {name} does not say of which source type its result is.");
        if (name == "c2pa.watermarked.bound" && !softBound)
            findings.Fail(StatusCode.ActionSoftBindingMissing, label, "A bound watermark is claimed, but no soft binding describes it.");
        if (name == Opened) CheckOpened(action, label, manifest, findings);
    }

    private static void CheckOpened(CborMap action, string label, Manifest manifest, Findings findings)
    {
        const string Folder = "/c2pa.assertions/";
        string? path = action.Map("parameters")?.List("ingredients") is { Count: 1 } ingredients
            ? HashedUri.TryRead(ingredients[0], manifest.Claim.Text("alg"))?.AbsolutePath(manifest.Label) : null;
        int at = path?.IndexOf(Folder, StringComparison.Ordinal) ?? -1;
        CborMap? ingredient = at < 0 ? null : manifest.CborAssertions.Find(a => a.Label == path![(at + Folder.Length)..]).Value;
        if (ingredient?.Text("relationship") != "parentOf")
            findings.Fail(StatusCode.ActionIngredientMismatch, label, "The content was opened, but exactly one parent ingredient is not named.");
    }

    private static string? FirstNamed(Manifest manifest)
    {
        foreach (object? entry in manifest.Claim.List("created_assertions") ?? [])
        {
            string? url = HashedUri.TryRead(entry, null)?.Url;
            string? label = url?[(url.LastIndexOf('/') + 1)..];
            if (label is not null && Manifest.BaseLabel(label) == Actions) return label;
        }
        return null;
    }
}
