using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance;

/// <summary>
/// Makes a private trust chain for a laptop or a test: root, issuing authority, claim signer, in the profile of the C2PA certificate policy.
/// Nobody else trusts the root. Production brings a chain from an authority on the C2PA trust list.
/// </summary>
public static class DevelopmentChain
{
    private const int RootDays = 3650, IssuerDays = 1825, LeafDays = 365;

    /// <summary>The clocks of those who verify may be behind ours by this much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <param name="organisation">Name that viewers show as the signer, 1 to 64 characters (X.520 upper bound).</param>
    /// <param name="now">The chain is valid from ten minutes before; the signer's certificate for 365 days.</param>
    /// <exception cref="ArgumentException">The organisation is empty or too long.</exception>
    /// <param name="algorithm">What the signer signs with: ES256, ES384 or ES512.</param>
    public static DevelopmentCertificates Create(string organisation, DateTimeOffset now, CoseAlgorithm algorithm = CoseAlgorithm.ES256)
    {
        if (organisation.Length is < 1 or > 64)
            throw new ArgumentException("An organisation must have 1 to 64 characters.", nameof(organisation));
        DateTimeOffset from = now - ClockSkew;
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using ECDsa issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using ECDsa leafKey = ECDsa.Create(algorithm switch
        {
            CoseAlgorithm.ES256 => ECCurve.NamedCurves.nistP256,
            CoseAlgorithm.ES384 => ECCurve.NamedCurves.nistP384,
            CoseAlgorithm.ES512 => ECCurve.NamedCurves.nistP521,
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "A development chain signs with ECDSA."),
        });

        CertificateRequest rootRequest = Authority(organisation, "Development Root CA", rootKey, pathLength: null);
        var rootId = new X509SubjectKeyIdentifierExtension(rootRequest.PublicKey, critical: false);
        rootRequest.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(rootId));
        using X509Certificate2 root = rootRequest.CreateSelfSigned(from, from.AddDays(RootDays));

        CertificateRequest issuerRequest = Authority(organisation, "Development Issuing CA", issuerKey, pathLength: 0);
        issuerRequest.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        using X509Certificate2 issuer = issuerRequest.Create(
            root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), from, from.AddDays(IssuerDays), SerialNumber());

        CertificateRequest leafRequest = Leaf(organisation, leafKey);
        leafRequest.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        using X509Certificate2 leaf = leafRequest.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), from, from.AddDays(LeafDays), SerialNumber());

        return new(
            root.ExportCertificatePem() + "\n",
            leaf.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem() + "\n",
            leafKey.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>Makes a root and a time stamp authority below it, apart from the chain of signers.</summary>
    /// <exception cref="ArgumentException">The organisation is empty or too long.</exception>
    public static DevelopmentCertificates CreateTimeStampAuthority(string organisation, DateTimeOffset now)
    {
        if (organisation.Length is < 1 or > 64)
            throw new ArgumentException("An organisation must have 1 to 64 characters.", nameof(organisation));
        DateTimeOffset from = now - ClockSkew;
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest rootRequest = Authority(organisation, "Development Time Stamp Root CA", rootKey, pathLength: null);
        var rootId = new X509SubjectKeyIdentifierExtension(rootRequest.PublicKey, critical: false);
        rootRequest.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(rootId));
        using X509Certificate2 root = rootRequest.CreateSelfSigned(from, from.AddDays(RootDays));

        var request = new CertificateRequest(Subject(organisation, "Development Time Stamp Authority"), leafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        // Time stamps alone, and critical (RFC 3161, 2.3).
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(C2paOids.TimeStamping)], critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        using X509Certificate2 leaf = request.Create(
            root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), from, from.AddDays(IssuerDays), SerialNumber());
        return new(root.ExportCertificatePem() + "\n", leaf.ExportCertificatePem() + "\n", leafKey.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static CertificateRequest Authority(string organisation, string name, ECDsa key, int? pathLength)
    {
        var request = new CertificateRequest(Subject(organisation, name), key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, pathLength is not null, pathLength ?? 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static CertificateRequest Leaf(string organisation, ECDsa key)
    {
        var request = new CertificateRequest(Subject(organisation, "Claim Signer"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(C2paOids.ClaimSigning), new(C2paOids.EmailProtection)], critical: false));
        request.CertificateExtensions.Add(new X509Extension(C2paOids.CertificatePolicies, PolicyInformation(C2paOids.CertificatePolicy), critical: false));
        request.CertificateExtensions.Add(new X509Extension(C2paOids.Assurance, ObjectIdentifier(C2paOids.AssuranceLevelOne), critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static X500DistinguishedName Subject(string organisation, string name)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName(organisation);
        subject.AddCommonName(name);
        return subject.Build();
    }

    /// <summary>Positive and 16 bytes long (RFC 5280, 4.1.2.2).</summary>
    private static byte[] SerialNumber()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    private static byte[] ObjectIdentifier(string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }

    /// <summary>certificatePolicies is a sequence of sequences that begin with the policy (RFC 5280, 4.2.1.4).</summary>
    private static byte[] PolicyInformation(string policy)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
            writer.WriteObjectIdentifier(policy);
        return writer.Encode();
    }
}

/// <summary>A chain as PEM text.</summary>
/// <param name="RootPem">The trust anchor, for verifiers.</param>
/// <param name="ChainPem">The signer's certificate and then the issuing authority's, for <see cref="EcdsaClaimSigner"/>.</param>
/// <param name="LeafKeyPem">The signer's private key, unencrypted PKCS#8: keep it where only the signing process can read it.</param>
public sealed record DevelopmentCertificates(string RootPem, string ChainPem, string LeafKeyPem);
