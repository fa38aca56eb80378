using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>A claim as decoded (C2PA 2.2, 10.2; version 1: C2PA 1.4, 9.2).</summary>
internal sealed record ClaimContent(ReadOnlyMemory<byte> Bytes, CborMap Map, int Version)
{
    private static readonly string[] requiredOfVersion1 = ["instanceID", "claim_generator", "signature", "assertions"];
    private static readonly string[] requiredOfVersion2 = ["instanceID", "claim_generator_info", "signature", "created_assertions"];

    /// <summary>Fields of version 1 that version 2 took away: two readers could read such a claim differently.</summary>
    private static readonly string[] onlyOfVersion1 = ["claim_generator", "assertions"];

    public static ClaimContent? TryRead(JumbfBox box, string manifestUri, Findings findings, ValidationBudget budget)
    {
        string uri = $"{manifestUri}/{box.Label}";
        if (box.Label is not ("c2pa.claim" or "c2pa.claim.v2"))
        {
            findings.Fail(StatusCode.ClaimMalformed, uri, "The claim is neither of version 1 nor of version 2.", CredentialFault.Unsupported);
            findings.Note(StatusCode.ManifestUnknownProvenance, manifestUri, "Whatever the claim says is not said in a way that is understood here.");
            return null;
        }
        if (box.OnlyContent("cbor") is not { } bytes)
        {
            findings.Fail(StatusCode.ClaimMalformed, uri, "The claim box does not hold exactly one CBOR box.");
            return null;
        }
        if (!CborTree.TryRead(bytes, out object? value, out string problem, budget) || value is not CborMap claim)
        {
            findings.Fail(StatusCode.ClaimCborInvalid, uri, "The claim is not a CBOR map. " + problem);
            return null;
        }
        int version = box.Label == "c2pa.claim" ? 1 : 2;
        foreach (string field in version == 1 ? requiredOfVersion1 : requiredOfVersion2)
            if (!claim.ContainsKey(field)) findings.Fail(StatusCode.ClaimRequiredMissing, uri, $"The claim has no field '{field}'.");
        if (!IsWellTyped(claim, version))
            findings.Fail(StatusCode.ClaimMalformed, uri, "A field of the claim has the wrong type, is empty, or belongs to another version.");
        return new(bytes, claim, version);
    }

    private static bool IsWellTyped(CborMap claim, int version)
    {
        if (claim.Text("instanceID") is not { Length: > 0 } || claim.Text("signature") is null) return false;
        foreach (string field in new[] { "alg", "dc:title", "alg_soft" })
            if (claim.ContainsKey(field) && claim.Text(field) is null) return false;
        foreach (string field in new[] { "redacted_assertions", "gathered_assertions" })
            if (claim.ContainsKey(field) && claim.List(field) is null) return false;
        return version == 1
            ? claim.Text("claim_generator") is not null && claim.List("assertions") is { Count: > 0 }
            : claim.Map("claim_generator_info")?.Text("name") is { Length: > 0 } && claim.List("created_assertions") is { Count: > 0 } && !onlyOfVersion1.Any(claim.ContainsKey);
    }
}
