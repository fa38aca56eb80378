using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>
/// Whether an RFC 3161 time stamp is over these bytes, signed, and by an authority that we trust (C2PA 2.2, 15.8). Whatever is wrong with a stamp is informational:
/// the signature is then judged as if it had none.
/// </summary>
internal static class TimeStampCheck
{
    /// <summary>Answers the attested time, or null when it must not be believed.</summary>
    public static DateTimeOffset? Run(ReadOnlyMemory<byte> token, ReadOnlySpan<byte> stamped, TrustAnchors anchors, string uri, Findings findings, ValidationBudget budget)
    {
        try
        {
            return Check(token, stamped, anchors, uri, findings, budget);
        }
        // ArgumentException: some malformed names and dates are only noticed when a property is read.
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            findings.Note(StatusCode.TimeStampMalformed, uri, "The time stamp cannot be read: " + e.Message);
            return null;
        }
    }

    private static DateTimeOffset? Check(ReadOnlyMemory<byte> token, ReadOnlySpan<byte> stamped, TrustAnchors anchors, string uri, Findings findings, ValidationBudget budget)
    {
        if (token.Length > ValidationLimits.TimeStampBytes || !Rfc3161TimestampToken.TryDecode(TimeStampResponse.TokenIn(token), out Rfc3161TimestampToken? stamp, out _))
        {
            findings.Note(StatusCode.TimeStampMalformed, uri, "The time stamp is not a time stamp token, or it is too large.");
            return null;
        }
        Rfc3161TimestampTokenInfo info = stamp.TokenInfo;
        if (HashOf(info.HashAlgorithmId.Value, stamped) is not { } hash)
        {
            findings.Note(StatusCode.TimeStampMalformed, uri, "The time stamp is over a hash of an algorithm that is not allowed.");
            return null;
        }
        if (!hash.AsSpan().SequenceEqual(info.GetMessageHash().Span))
        {
            findings.Note(StatusCode.TimeStampMismatch, uri, "The time stamp is that of another signature.");
            return null;
        }
        SignedCms cms = stamp.AsSignedCms();
        if (cms.Certificates.Count is 0 or > ValidationLimits.Certificates)
        {
            findings.Note(StatusCode.TimeStampUntrusted, uri, "The time stamp carries no certificate, or too many.");
            return null;
        }
        if (!stamp.VerifySignatureForHash(hash, info.HashAlgorithmId, out X509Certificate2? signer) || signer is null)
        {
            findings.Note(StatusCode.TimeStampMismatch, uri, "The time stamp does not bear the signature of its authority.");
            return null;
        }
        return Trust(signer, cms.Certificates, info.Timestamp, anchors, uri, findings, budget);
    }

    private static DateTimeOffset? Trust(
        X509Certificate2 signer, X509Certificate2Collection certificates, DateTimeOffset time, TrustAnchors anchors, string uri, Findings findings, ValidationBudget budget)
    {
        ReadOnlyMemory<byte>[] chain = [signer.RawData, .. certificates.Where(c => !c.RawDataMemory.Span.SequenceEqual(signer.RawDataMemory.Span)).Select(c => (ReadOnlyMemory<byte>)c.RawData)];
        if (anchors.TimeStampCredentials.Judge(chain, budget, out string problem) is not { } authority)
        {
            findings.Note(StatusCode.TimeStampUntrusted, uri, problem);
            return null;
        }
        if (!authority.Validity.Contains(time))
        {
            findings.Note(StatusCode.TimeStampOutsideValidity, uri, "The certificate of the time stamp authority was not valid at the time that it attests.");
            return null;
        }
        findings.Pass(StatusCode.TimeStampValidated, uri, $"A time stamp authority attests {time.UtcDateTime:u}.");
        if (!authority.ReachesAnchor || !authority.Issuers.Contains(time) || authority.Faults.Count > 0)
        {
            findings.Note(StatusCode.TimeStampUntrusted, uri, authority.Faults.Count > 0 ? authority.Faults[0] : "The time stamp authority does not lead to a trust anchor.");
            return null;
        }
        findings.Pass(StatusCode.TimeStampTrusted, uri, "The time stamp authority leads to a trust anchor.");
        return time;
    }

    private static byte[]? HashOf(string? oid, ReadOnlySpan<byte> bytes) => oid switch
    {
        "2.16.840.1.101.3.4.2.1" => SHA256.HashData(bytes),
        "2.16.840.1.101.3.4.2.2" => SHA384.HashData(bytes),
        "2.16.840.1.101.3.4.2.3" => SHA512.HashData(bytes),
        _ => null,
    };
}
