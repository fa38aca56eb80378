using Vitrine.Provenance.C2pa.Cose;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Whether the signer's certificate was revoked, by the answer that the manifest carries. We never ask the network (C2PA 2.2, 15.9).</summary>
internal static class OcspCheck
{
    public static void Run(CoseSign1 cose, DateTimeOffset at, string subject, Findings findings, ValidationBudget budget)
    {
        ReadOnlyMemory<byte>[] answers = [.. cose.OcspResponses.Take(ValidationLimits.OcspAnswers)];
        if (answers.Length == 0)
        {
            findings.Note(StatusCode.OcspSkipped, subject, "Whether the certificate was revoked has not been asked.");
            return;
        }
        foreach (ReadOnlyMemory<byte> der in answers)
        {
            if (!budget.MayReadOcspAnswer()) break;
            if (OcspAnswer.TryRead(der, cose.CertificateChain) is not { } answer || !answer.Validity.Contains(at)) continue;
            switch (answer.Status)
            {
                case RevocationStatus.Good:
                    findings.Pass(StatusCode.OcspNotRevoked, subject, "The certificate's issuer says that it was not revoked.");
                    break;
                case RevocationStatus.Revoked when answer.RevokedAt > at:
                    findings.Pass(StatusCode.OcspNotRevoked, subject, "The certificate was revoked after the signature was made.");
                    break;
                case RevocationStatus.Revoked:
                    findings.Fail(StatusCode.OcspRevoked, subject, $"The certificate was revoked at {answer.RevokedAt:u}.");
                    break;
                default:
                    findings.Fail(StatusCode.OcspUnknown, subject, "The certificate's issuer does not know it.");
                    break;
            }
            return;
        }
        findings.Note(StatusCode.OcspInaccessible, subject, "No stapled answer about revocation can be used for that time.");
    }
}
