using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vitrine.Provenance.C2pa.Validation;

namespace Vitrine.Provenance.Tests;

/// <summary>Answers about the revocation of a signer of this class's own chain, signed by its issuer (RFC 6960).</summary>
internal static class OcspSamples
{
    private static readonly ECDsa issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private static readonly ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly X509Certificate2 root = MakeRoot();
    private static readonly X509Certificate2 leaf = MakeLeaf();

    public static string RootPem => root.ExportCertificatePem();

    /// <summary>The leaf and, so that the answers can be checked, its issuer, which is the root here.</summary>
    public static EcdsaClaimSigner Signer { get; } = new(leaf.ExportCertificatePem(), leafKey.ExportPkcs8PrivateKeyPem());

    public static IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; } = [leaf.RawData, root.RawData];

    public static byte[] Response(RevocationStatus status, DateTimeOffset from, DateTimeOffset? revokedAt = null, bool isSignedByIssuer = true)
    {
        byte[] data = Data(status, from, revokedAt);
        byte[] signature = (isSignedByIssuer ? issuerKey : leafKey).SignData(data, HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence);
        var basic = new AsnWriter(AsnEncodingRules.DER);
        using (basic.PushSequence())
        {
            basic.WriteEncodedValue(data);
            using (basic.PushSequence()) basic.WriteObjectIdentifier("1.2.840.10045.4.3.3");
            basic.WriteBitString(signature);
        }
        var response = new AsnWriter(AsnEncodingRules.DER);
        using (response.PushSequence())
        {
            response.WriteEncodedValue([0x0A, 1, 0]);
            using (response.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (response.PushSequence())
            {
                response.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.1");
                response.WriteOctetString(basic.Encode());
            }
        }
        return response.Encode();
    }

    private static byte[] Data(RevocationStatus status, DateTimeOffset from, DateTimeOffset? revokedAt)
    {
        var data = new AsnWriter(AsnEncodingRules.DER);
        using (data.PushSequence())
        {
            using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2))) data.WriteOctetString(new byte[20]);
            data.WriteGeneralizedTime(from, omitFractionalSeconds: true);
            using (data.PushSequence())
            using (data.PushSequence())
            {
                using (data.PushSequence())
                {
                    using (data.PushSequence()) data.WriteObjectIdentifier("2.16.840.1.101.3.4.2.1");
                    data.WriteOctetString(SHA256.HashData(root.SubjectName.RawData));
                    data.WriteOctetString(new byte[32]);
                    data.WriteInteger(leaf.SerialNumberBytes.Span);
                }
                if (status == RevocationStatus.Good) data.WriteNull(new Asn1Tag(TagClass.ContextSpecific, 0));
                else if (status == RevocationStatus.Unknown) data.WriteNull(new Asn1Tag(TagClass.ContextSpecific, 2));
                else
                    using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1))) data.WriteGeneralizedTime(revokedAt ?? from, omitFractionalSeconds: true);
                data.WriteGeneralizedTime(from, omitFractionalSeconds: true);
            }
        }
        return data.Encode();
    }

    private static X509Certificate2 MakeRoot()
    {
        var request = new CertificateRequest("CN=Root,O=Revoker", issuerKey, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(Samples.Now.AddDays(-10), Samples.Now.AddDays(300));
    }

    private static X509Certificate2 MakeLeaf()
    {
        var request = new CertificateRequest("CN=Leaf,O=Revoked", leafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.4.1.62558.2.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        return request.Create(root.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), Samples.Now.AddDays(-10), Samples.Now.AddDays(200), [1, 2, 3, 4]);
    }
}
