using System.Formats.Cbor;
using Vitrine.Provenance.C2pa.Cose;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Who signed, whether we trust them, when they signed, and whether they signed these claim bytes (C2PA 2.2, 15.7 and 15.8).</summary>
internal static class ClaimSignatureCheck
{
    /// <summary>Answers the signer when it could be read, and the time that a trusted stamp attests, for the summary.</summary>
    /// <param name="laterStamp">The time that a manifest added later attests for this signature.</param>
    public static (SigningCredential? Signer, DateTimeOffset? StampedAt) Run(
        Manifest manifest, TrustAnchors anchors, DateTimeOffset at, DateTimeOffset? laterStamp, Findings findings, ValidationBudget budget)
    {
        string subject = manifest.SignatureUri;
        string? reference = manifest.Claim.Text("signature");
        if (reference is not null && reference != "self#jumbf=" + Manifest.SignatureLabel && reference != subject)
            findings.Fail(StatusCode.SignatureMissing, subject, "The claim names another signature than the one in its manifest.");
        if (manifest.Signature is null) return default;
        if (manifest.ReadSignature(out string problem) is not { } cose)
        {
            findings.Fail(StatusCode.SignatureMismatch, subject, problem, CredentialFault.Unreadable);
            return default;
        }
        if (anchors.Credentials.Judge(cose.CertificateChain, budget, out problem) is not { } signer)
        {
            findings.Fail(StatusCode.CredentialInvalid, subject, problem);
            return default;
        }
        byte[] signed = SignatureStructure.Encode(cose.ProtectedHeader.Span, manifest.ClaimBytes.Span);
        DateTimeOffset? stamped = StampOf(cose, manifest, anchors, findings, budget) ?? laterStamp;
        CheckCredential(signer, stamped ?? at, stamped is not null, subject, findings);
        OcspCheck.Run(cose, stamped ?? at, subject, findings, budget);
        switch (signer.Verify(cose.Algorithm ?? 0, signed, cose.Signature.Span))
        {
            case true:
                findings.Pass(StatusCode.SignatureValidated, subject, "The claim bears the signer's signature.");
                break;
            case false:
                findings.Fail(StatusCode.SignatureMismatch, subject, "The signature does not belong to this claim: one of the two was changed.");
                break;
            default:
                findings.Fail(StatusCode.AlgorithmUnsupported, subject, "The signature algorithm is not known or does not go with the signer's key.");
                break;
        }
        return (signer, stamped);
    }

    /// <summary>The stamp over the signature, or with a claim of version 1 the one over the claim.</summary>
    private static DateTimeOffset? StampOf(CoseSign1 cose, Manifest manifest, TrustAnchors anchors, Findings findings, ValidationBudget budget)
    {
        ReadOnlyMemory<byte>[] tokens = [.. cose.TimeStamps(CoseSign1.TimeStampsHeader)];
        byte[] stamped = [];
        if (tokens.Length > 0) stamped = CounterSignature.Encode(cose.ProtectedHeader.Span, EncodedSignature(cose.Signature.Span));
        else if (manifest.Version == 1 && cose.TimeStamps(CoseSign1.OldTimeStampsHeader).ToArray() is { Length: > 0 } old)
            (tokens, stamped) = (old, CounterSignature.Encode(cose.ProtectedHeader.Span, manifest.ClaimBytes.Span));
        // One is lawful; which of several would count is for an attacker to choose, so the first decides.
        return tokens.Length == 0 ? null : TimeStampCheck.Run(tokens[0], stamped, anchors, manifest.SignatureUri, findings, budget);
    }

    private static byte[] EncodedSignature(ReadOnlySpan<byte> signature)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteByteString(signature);
        return writer.Encode();
    }

    private static void CheckCredential(SigningCredential signer, DateTimeOffset at, bool isStamped, string subject, Findings findings)
    {
        foreach (string fault in signer.Faults) findings.Fail(StatusCode.CredentialInvalid, subject, fault);
        if (!signer.ReachesAnchor) findings.Fail(StatusCode.CredentialUntrusted, subject, signer.TrustExplanation);
        else if (!signer.Issuers.Contains(at)) findings.Fail(StatusCode.CredentialUntrusted, subject, "An issuer of the signer's certificate was not valid at that time.");
        else findings.Pass(StatusCode.CredentialTrusted, subject, signer.TrustExplanation);
        if (signer.Validity.Contains(at))
            findings.Pass(StatusCode.SignatureInsideValidity, subject, "The signer's certificate was valid at that time.");
        else
        {
            findings.Fail(StatusCode.SignatureOutsideValidity, subject,
                $"The signer's certificate is valid from {signer.Validity.From:u} until {signer.Validity.Until:u}, and "
                + (isStamped ? "the time stamp says that the signature was made at another time." : "there is no time stamp to show that the signature was made then."));
            if (at > signer.Validity.Until) findings.Fail(StatusCode.CredentialExpired, subject, "The signer's certificate had expired.");
        }
    }
}
