using Vitrine.Provenance.C2pa.Cose;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Who signed, whether we trust them, and whether they signed these claim bytes (C2PA 2.2, 15.7 and 15.8).</summary>
internal static class ClaimSignatureCheck
{
    private const string SignatureLabel = "c2pa.signature";

    /// <summary>Answers the signer's credential when it could be read, for the summary.</summary>
    public static SigningCredential? Run(Manifest manifest, TrustAnchors anchors, DateTimeOffset at, Findings findings)
    {
        string subject = $"self#jumbf=/c2pa/{manifest.Label}/{SignatureLabel}";
        string? reference = manifest.Claim.Text("signature");
        if (reference is not null && reference != "self#jumbf=" + SignatureLabel && reference != subject)
            findings.Fail(StatusCode.SignatureMissing, subject, "The claim names another signature than the one in its manifest.");
        if (manifest.Signature is not { } bytes) return null;
        if (CoseSign1.TryRead(bytes, out string problem) is not { } cose)
        {
            findings.Fail(StatusCode.SignatureMismatch, subject, problem);
            return null;
        }
        if (anchors.Credentials.Judge(cose.CertificateChain, out problem) is not { } signer)
        {
            findings.Fail(StatusCode.CredentialInvalid, subject, problem);
            return null;
        }
        CheckCredential(signer, at, subject, findings);
        switch (signer.Verify(cose.Algorithm ?? 0, SignatureStructure.Encode(cose.ProtectedHeader.Span, manifest.ClaimBytes.Span), cose.Signature.Span))
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
        return signer;
    }

    private static void CheckCredential(SigningCredential signer, DateTimeOffset at, string subject, Findings findings)
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
                $"The signer's certificate is valid from {signer.Validity.From:u} until {signer.Validity.Until:u}, and there is no time stamp to show that the signature was made then.");
            if (at > signer.Validity.Until) findings.Fail(StatusCode.CredentialExpired, subject, "The signer's certificate had expired.");
        }
        findings.Note(StatusCode.OcspSkipped, subject, "Whether the certificate was revoked has not been asked.");
    }
}
