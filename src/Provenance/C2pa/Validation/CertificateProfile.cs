using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The certificate profile of C2PA 2.2, 14.5: what a chain must look like besides leading to a root.</summary>
internal static class CertificateProfile
{
    private static readonly string[] signingUsages = [C2paOids.ClaimSigning, C2paOids.EmailProtection, C2paOids.DocumentSigning];

    /// <summary>RSA with SHA-2, RSASSA-PSS, ECDSA with SHA-2, Ed25519.</summary>
    private static readonly string[] signatureAlgorithms =
    [
        "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.113549.1.1.10",
        "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", C2paOids.Ed25519,
    ];

    public static IEnumerable<string> FaultsOf(X509Certificate2 certificate, CertificatePurpose purpose) =>
        purpose == CertificatePurpose.TimeStamps ? FaultsOfTimeStampAuthority(certificate) : FaultsOfSigner(certificate);

    /// <summary>The usage must be time stamps, critical, and nothing else (RFC 3161, 2.3).</summary>
    private static IEnumerable<string> FaultsOfTimeStampAuthority(X509Certificate2 certificate)
    {
        foreach (string fault in FaultsOfAny(certificate)) yield return fault;
        X509EnhancedKeyUsageExtension? usage = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (usage is not { Critical: true, EnhancedKeyUsages.Count: 1 } || usage.EnhancedKeyUsages[0].Value != C2paOids.TimeStamping)
            yield return "The certificate of the time stamp is not critically meant for time stamps alone.";
    }

    private static IEnumerable<string> FaultsOfSigner(X509Certificate2 certificate)
    {
        foreach (string fault in FaultsOfAny(certificate)) yield return fault;
        if (certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
            yield return "The signer's certificate is self-signed.";
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { CertificateAuthority: true })
            yield return "The signer's certificate is that of a certification authority.";
        if (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { Critical: true } usage
            || !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature) || usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
            yield return "The signer's certificate has no critical key usage for digital signatures alone.";
        if (!certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Any())
            yield return "The signer's certificate does not name its issuer's key.";
        string[] purposes = [.. certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .SelectMany(e => e.EnhancedKeyUsages.Cast<Oid>()).Select(o => o.Value ?? "")];
        if (purposes.Contains(C2paOids.AnyUsage)) yield return "The signer's certificate allows any purpose.";
        if (!purposes.Intersect(signingUsages).Any()) yield return "The signer's certificate is not meant for signing claims.";
        if (purposes.Contains(C2paOids.TimeStamping) || purposes.Contains(C2paOids.OcspSigning))
            yield return "The signer's certificate is also meant for time stamps or revocation answers.";
    }

    public static IEnumerable<string> FaultsOfIssuer(X509Certificate2 certificate)
    {
        foreach (string fault in FaultsOfAny(certificate)) yield return fault;
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
            yield return $"The issuer {certificate.Subject} is not a certification authority.";
    }

    private static IEnumerable<string> FaultsOfAny(X509Certificate2 certificate)
    {
        if (certificate.Version != 3) yield return $"The certificate of {certificate.Subject} is not of version 3.";
        if (!signatureAlgorithms.Contains(certificate.SignatureAlgorithm.Value))
            yield return $"The certificate of {certificate.Subject} is signed with an algorithm that C2PA does not allow.";
        switch (certificate.PublicKey.Oid.Value)
        {
            case C2paOids.Rsa or C2paOids.RsaPss:
                using (var rsa = RSA.Create())
                {
                    rsa.ImportRSAPublicKey(certificate.PublicKey.EncodedKeyValue.RawData, out _);
                    if (rsa.KeySize < 2048) yield return $"The RSA key of {certificate.Subject} is shorter than 2,048 bits.";
                }
                break;
            case C2paOids.Ed25519:
                break;
            default:
                using (ECDsa? ecdsa = certificate.GetECDsaPublicKey())
                {
                    if (ecdsa is null) yield return $"The key of {certificate.Subject} is of a kind that C2PA does not allow.";
                    else if (ecdsa.KeySize is not (256 or 384 or 521)) yield return $"The curve of {certificate.Subject} is not P-256, P-384 or P-521.";
                }
                break;
        }
    }
}

/// <summary>What a certificate at the beginning of a chain is for.</summary>
internal enum CertificatePurpose { Claims, TimeStamps }
