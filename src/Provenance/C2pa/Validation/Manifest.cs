using System.Text.Json;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The active manifest as read: its boxes sorted out and its claim decoded, nothing believed yet.</summary>
internal sealed class Manifest
{
    private static readonly JsonDocumentOptions jsonLimits = new() { MaxDepth = ValidationLimits.CborDepth };

    private Manifest(JumbfBox box, JumbfBox assertionStore, ReadOnlyMemory<byte> claimBytes, CborMap claim, ReadOnlyMemory<byte>? signature) =>
        (Box, AssertionStore, ClaimBytes, Claim, Signature) = (box, assertionStore, claimBytes, claim, signature);

    public JumbfBox Box { get; }

    public string Label => Box.Label;

    public JumbfBox AssertionStore { get; }

    /// <summary>The claim exactly as stored, which is what was signed.</summary>
    public ReadOnlyMemory<byte> ClaimBytes { get; }

    public CborMap Claim { get; }

    /// <summary>The COSE_Sign1, or null when there is no signature box.</summary>
    public ReadOnlyMemory<byte>? Signature { get; }

    /// <summary>CBOR assertions in store order that could be decoded into a map.</summary>
    public List<(string Label, CborMap Value)> CborAssertions { get; } = [];

    /// <summary>Assertions whose label is this one, whatever their version suffix for repeated instances (<c>__1</c>).</summary>
    public IEnumerable<CborMap> Assertions(string label) => CborAssertions.Where(a => BaseLabel(a.Label) == label).Select(a => a.Value);

    public static string BaseLabel(string label)
    {
        int instance = label.LastIndexOf("__", StringComparison.Ordinal);
        return instance > 0 && instance + 2 < label.Length && !label.AsSpan(instance + 2).ContainsAnyExceptInRange('0', '9') ? label[..instance] : label;
    }

    public static Manifest? TryRead(JumbfBox box, Findings findings)
    {
        if (box.Type == JumbfType.UpdateManifest || box.Type == JumbfType.CompressedManifest)
        {
            bool isUpdate = box.Type == JumbfType.UpdateManifest;
            findings.Fail(isUpdate ? StatusCode.ManifestUpdateInvalid : StatusCode.ManifestCompressedInvalid, box.Label,
                $"The active manifest is {(isUpdate ? "an update" : "compressed")}, which this validator does not read.");
            return null;
        }
        JumbfBox[] claims = [.. box.Children.Where(c => c.Type == JumbfType.Claim)];
        JumbfBox[] stores = [.. box.Children.Where(c => c.Type == JumbfType.AssertionStore)];
        JumbfBox[] signatures = [.. box.Children.Where(c => c.Type == JumbfType.Signature)];
        if (box.Type != JumbfType.Manifest || !ManifestUrn.IsWellFormed(box.Label))
            findings.Fail(StatusCode.General, box.Label, "The active manifest is not a standard manifest with a C2PA URN as its label.");
        if (box.Children.Count != claims.Length + stores.Length + signatures.Length)
            findings.Fail(StatusCode.General, box.Label, "The manifest holds a box that this validator does not know.");
        if (claims.Length == 0) findings.Fail(StatusCode.ClaimMissing, box.Label, "The manifest has no claim.");
        if (claims.Length > 1) findings.Fail(StatusCode.ClaimMultiple, box.Label, "The manifest has more than one claim.");
        if (stores.Length != 1 || stores[0].Label != "c2pa.assertions")
            findings.Fail(StatusCode.General, box.Label, "The manifest does not have exactly one assertion store.");
        if (signatures.Length != 1 || signatures[0].Label != "c2pa.signature" || signatures[0].OnlyContent("cbor") is null)
            findings.Fail(StatusCode.SignatureMissing, box.Label, "The manifest does not have exactly one claim signature.");
        if (claims.Length != 1 || stores.Length == 0) return null;
        if (ReadClaim(claims[0], findings) is not { } claim) return null;
        var manifest = new Manifest(box, stores[0], claim.Bytes, claim.Map, signatures.Length == 1 ? signatures[0].OnlyContent("cbor") : null);
        manifest.DecodeAssertions(findings);
        return manifest;
    }

    /// <summary>Whether every part of the manifest can be read by a program that does not look at one part without the others.</summary>
    public static bool IsReadable(JumbfBox box)
    {
        var findings = new Findings();
        if (TryRead(box, findings) is not { Signature: { } signature } manifest || Cose.CoseSign1.TryRead(signature, out _) is null) return false;
        AssertionReferences.Check(manifest, findings);
        return !findings.All.Any(f => f.Kind == FindingKind.Failure && f.Code is not (StatusCode.HashedUriMismatch or StatusCode.HardBindingsMissing or StatusCode.MultipleHardBindings));
    }

    private static (ReadOnlyMemory<byte> Bytes, CborMap Map)? ReadClaim(JumbfBox box, Findings findings)
    {
        if (box.Label != "c2pa.claim.v2")
        {
            findings.Fail(StatusCode.ClaimMalformed, box.Label, "The claim is not of version 2, the only one that this validator reads.");
            return null;
        }
        if (box.OnlyContent("cbor") is not { } bytes)
        {
            findings.Fail(StatusCode.ClaimMalformed, box.Label, "The claim box does not hold exactly one CBOR box.");
            return null;
        }
        if (!CborTree.TryRead(bytes, out object? value, out string problem) || value is not CborMap claim)
        {
            findings.Fail(StatusCode.ClaimCborInvalid, box.Label, "The claim is not a CBOR map. " + problem);
            return null;
        }
        foreach (string field in new[] { "instanceID", "claim_generator_info", "signature", "created_assertions" })
            if (!claim.ContainsKey(field)) findings.Fail(StatusCode.ClaimRequiredMissing, box.Label, $"The claim has no field '{field}'.");
        if (claim.Text("instanceID") is not { Length: > 0 } || claim.Map("claim_generator_info")?.Text("name") is not { Length: > 0 }
            || claim.List("created_assertions") is not { Count: > 0 } || (claim.ContainsKey("gathered_assertions") && claim.List("gathered_assertions") is null)
            || (claim.ContainsKey("alg") && claim.Text("alg") is null) || (claim.ContainsKey("dc:title") && claim.Text("dc:title") is null))
            findings.Fail(StatusCode.ClaimMalformed, box.Label, "A field of the claim has the wrong type or is empty.");
        return (bytes, claim);
    }

    private void DecodeAssertions(Findings findings)
    {
        foreach (JumbfBox box in AssertionStore.Children)
        {
            if (box.Type == JumbfType.Cbor)
            {
                if (box.OnlyContent("cbor") is { } content && CborTree.TryRead(content, out object? value, out string problem))
                {
                    if (value is CborMap map) CborAssertions.Add((box.Label, map));
                    else findings.Fail(StatusCode.AssertionCborInvalid, box.Label, "The assertion is not a CBOR map.");
                }
                else findings.Fail(StatusCode.AssertionCborInvalid, box.Label, "The assertion does not hold one well-formed CBOR document.");
            }
            else if (box.Type == JumbfType.Json && !(box.OnlyContent("json") is { } json && IsJson(json)))
                findings.Fail(StatusCode.AssertionJsonInvalid, box.Label, "The assertion does not hold one well-formed JSON document.");
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

    public ManifestSummary Summarise(SigningCredential? signer)
    {
        CborMap? generator = Claim.Map("claim_generator_info");
        return new(
            Label, Claim.Text("instanceID"), Claim.Text("dc:title"), generator?.Text("name"), generator?.Text("version"),
            signer?.Organisation, signer?.Name, signer?.Validity.Until,
            [.. Assertions(Writing.ActionsAssertion.Label).SelectMany(a => a.List("actions") ?? []).OfType<CborMap>().Select(SummariseAction)],
            Assertions("cawg.training-mining").Any(RefusesSomeUse));
    }

    private static ActionSummary SummariseAction(CborMap action) => new(
        action.Text("action") ?? "",
        action.Get("when") is CborTagged { Value: string when } ? when : action.Text("when"),
        action.Map("softwareAgent")?.Text("name"),
        action.Map("softwareAgent")?.Text("version"),
        action.Text("digitalSourceType"),
        action.Map("parameters")?.Text(Writing.ActionsAssertion.ModelDigestParameter));

    private static bool RefusesSomeUse(CborMap statement) =>
        statement.Map("entries") is { } entries && entries.Values.OfType<CborMap>().Any(e => e.Text("use") == "notAllowed");
}
