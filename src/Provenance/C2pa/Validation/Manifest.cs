using System.Text.Json;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Cose;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>A manifest as read: its boxes sorted out and its claim decoded, nothing believed yet. Claims of version 1 are read, never written.</summary>
internal sealed class Manifest
{
    public const string AssertionsLabel = "c2pa.assertions", SignatureLabel = "c2pa.signature";

    private static readonly JsonDocumentOptions jsonLimits = new() { MaxDepth = ValidationLimits.CborDepth };

    private readonly List<(string Label, CborMap Value)> ingredients = [], actionAssertions = [];
    private readonly Dictionary<string, CborMap> ingredientsByLabel = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JumbfBox> assertionBoxes = new(StringComparer.Ordinal);
    private readonly ValidationBudget budget;
    private CoseSign1? cose;
    private string signatureProblem = "";
    private bool isSignatureRead;

    private Manifest(JumbfBox box, JumbfBox assertionStore, ClaimContent claim, JumbfBox? signature, ValidationBudget budget) =>
        (Box, AssertionStore, ClaimBytes, Claim, Version, SignatureBox, this.budget) = (box, assertionStore, claim.Bytes, claim.Map, claim.Version, signature, budget);

    public JumbfBox Box { get; }

    public string Label => Box.Label;

    public string Uri => "self#jumbf=/c2pa/" + Label;

    public string SignatureUri => $"{Uri}/{SignatureLabel}";

    public bool IsUpdate => Box.Type == JumbfType.UpdateManifest;

    public bool IsTimeStamp => Box.Type == JumbfType.TimeStampManifest;

    public JumbfBox AssertionStore { get; }

    /// <summary>The claim exactly as stored, which is what was signed.</summary>
    public ReadOnlyMemory<byte> ClaimBytes { get; }

    public CborMap Claim { get; }

    /// <summary>1 or 2.</summary>
    public int Version { get; }

    /// <summary>The hash algorithm of every hash that does not name its own.</summary>
    public string? Algorithm => Claim.Text("alg");

    public JumbfBox? SignatureBox { get; }

    /// <summary>The COSE_Sign1, or null when there is no signature box.</summary>
    public ReadOnlyMemory<byte>? Signature => SignatureBox?.OnlyContent("cbor");

    /// <summary>The signature as read, once for all who ask; null and a sentence when it cannot be.</summary>
    public CoseSign1? ReadSignature(out string problem)
    {
        if (!isSignatureRead)
        {
            isSignatureRead = true;
            if (Signature is { } bytes)
            {
                cose = CoseSign1.TryRead(bytes, out signatureProblem, acceptsUnprotectedChain: Version == 1, budget);
                budget.SignaturesRead++;
            }
        }
        problem = signatureProblem;
        return cose;
    }

    /// <summary>CBOR assertions in store order that could be decoded into a map.</summary>
    public List<(string Label, CborMap Value)> CborAssertions { get; } = [];

    public IReadOnlyList<(string Label, CborMap Value)> Ingredients => ingredients;

    public IReadOnlyList<(string Label, CborMap Value)> ActionAssertions => actionAssertions;

    /// <summary>The ingredient assertion of exactly this label, the first where there are several.</summary>
    public CborMap? Ingredient(string label) => ingredientsByLabel.GetValueOrDefault(label);

    /// <summary>The assertion of exactly this label, the first where there are several.</summary>
    public JumbfBox? AssertionBox(string label) => assertionBoxes.GetValueOrDefault(label);

    /// <summary>The claim's fields that list assertions, those first that the signer vouches for.</summary>
    public string[] ReferenceFields => Version == 1 ? ["assertions"] : ["created_assertions", "gathered_assertions"];

    /// <summary>Assertions whose label is this one, whatever their suffix for repeated instances (<c>__1</c>).</summary>
    public IEnumerable<CborMap> Assertions(string label) => CborAssertions.Where(a => BaseLabel(a.Label) == label).Select(a => a.Value);

    public string AssertionUri(string label) => $"{Uri}/{AssertionsLabel}/{label}";

    public static string BaseLabel(string label)
    {
        int instance = label.LastIndexOf("__", StringComparison.Ordinal);
        return instance > 0 && instance + 2 < label.Length && !label.AsSpan(instance + 2).ContainsAnyExceptInRange('0', '9') ? label[..instance] : label;
    }

    public static Manifest? TryRead(JumbfBox box, Findings findings, ValidationBudget budget)
    {
        string uri = "self#jumbf=/c2pa/" + box.Label;
        JumbfBox[] claims = [.. box.Children.Where(c => c.Type == JumbfType.Claim)];
        JumbfBox[] stores = [.. box.Children.Where(c => c.Type == JumbfType.AssertionStore)];
        JumbfBox[] signatures = [.. box.Children.Where(c => c.Type == JumbfType.Signature)];
        if (box.Type != JumbfType.Manifest && box.Type != JumbfType.UpdateManifest)
        {
            findings.Fail(StatusCode.General, uri, "The manifest is of a kind that C2PA does not have, or has no more.", CredentialFault.Unsupported);
            findings.Note(StatusCode.ManifestUnknownProvenance, uri, "Whatever the manifest says is not said in a way that is understood here.");
        }
        if (!ManifestUrn.IsWellFormed(box.Label, isVersion1: claims.Length == 1 && claims[0].Label == "c2pa.claim"))
            findings.Fail(StatusCode.General, uri, "The label of the manifest is not a C2PA URN.");
        if (box.Children.Exists(c => c.Type != JumbfType.Claim && c.Type != JumbfType.AssertionStore && c.Type != JumbfType.Signature
            && c.Type != JumbfType.CredentialStore && c.Type != JumbfType.DataBoxStore))
            findings.Fail(StatusCode.General, uri, "The manifest holds a box that this validator does not know.");
        if (claims.Length == 0) findings.Fail(StatusCode.ClaimMissing, uri, "The manifest has no claim.");
        if (claims.Length > 1) findings.Fail(StatusCode.ClaimMultiple, uri, "The manifest has more than one claim.");
        if (stores.Length != 1 || stores[0].Label != AssertionsLabel)
            findings.Fail(StatusCode.General, uri, "The manifest does not have exactly one assertion store.");
        if (signatures.Length != 1 || signatures[0].Label != SignatureLabel || signatures[0].OnlyContent("cbor") is null)
            findings.Fail(StatusCode.SignatureMissing, $"{uri}/{SignatureLabel}", "The manifest does not have exactly one claim signature.");
        if (claims.Length != 1 || stores.Length == 0) return null;
        if (ClaimContent.TryRead(claims[0], uri, findings, budget) is not { } claim) return null;
        var manifest = new Manifest(box, stores[0], claim, signatures.Length == 1 ? signatures[0] : null, budget);
        manifest.DecodeAssertions(findings);
        return manifest;
    }

    /// <summary>Whether every part of the manifest can be read by a program that does not look at one part without the others.</summary>
    public static bool IsReadable(JumbfBox box, ValidationBudget budget)
    {
        var findings = new Findings();
        if (TryRead(box, findings, budget) is not { Signature: { } signature } manifest || CoseSign1.TryRead(signature, out _, budget: budget) is null) return false;
        AssertionReferences.Check(manifest, findings, new HashSet<string>(), budget);
        if (budget.Exceeded is not null) return false;
        return !findings.All.Any(f => f.Kind == FindingKind.Failure && f.Code is not (StatusCode.HashedUriMismatch or StatusCode.HardBindingsMissing or StatusCode.MultipleHardBindings));
    }

    private void DecodeAssertions(Findings findings)
    {
        foreach (JumbfBox box in AssertionStore.Children)
        {
            assertionBoxes.TryAdd(box.Label, box);
            if (box.Type == JumbfType.Cbor)
            {
                string problem = "";
                if (box.OnlyContent("cbor") is { } cbor && CborTree.TryRead(cbor, out object? value, out problem, budget))
                {
                    if (value is CborMap map) Add(box.Label, map);
                }
                else findings.Fail(StatusCode.AssertionCborInvalid, AssertionUri(box.Label), "The assertion does not hold one well-formed CBOR document. " + problem);
            }
            else if (box.Type == JumbfType.Json && (box.OnlyContent("json") is not { } json || !IsJson(json)))
                findings.Fail(StatusCode.AssertionJsonInvalid, AssertionUri(box.Label), "The assertion does not hold one well-formed JSON document.");
            else if (box.Type == JumbfType.EmbeddedFile && (box.Children.Count != 2 || box.Children[0].Code != "bfdb" || box.Children[1].Code != "bidb"))
                findings.Fail(StatusCode.AssertionRequiredMissing, AssertionUri(box.Label), "The embedded file lacks its description or its bytes.");
        }
    }

    private void Add(string label, CborMap value)
    {
        CborAssertions.Add((label, value));
        switch (BaseLabel(label))
        {
            case "c2pa.ingredient" or "c2pa.ingredient.v2" or "c2pa.ingredient.v3":
                ingredients.Add((label, value));
                ingredientsByLabel.TryAdd(label, value);
                break;
            case "c2pa.actions" or "c2pa.actions.v2":
                actionAssertions.Add((label, value));
                break;
        }
    }

    private static bool IsJson(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, jsonLimits);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
