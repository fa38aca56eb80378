using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance.Tests;

/// <summary>Signers of kinds that the platform reads and does not write, below one RSA root.</summary>
internal sealed class MadeSigner : IClaimSigner
{
    private static readonly RSA rootKey = RSA.Create(3072);
    private static readonly RSA leafKey = RSA.Create(2048);
    private static readonly X509Certificate2 root = MakeRoot();
    private readonly Func<byte[], byte[]> sign;

    private MadeSigner(CoseAlgorithm algorithm, int signatureLength, PublicKey key, Func<byte[], byte[]> sign)
    {
        (Algorithm, SignatureLength, this.sign) = (algorithm, signatureLength, sign);
        var request = new CertificateRequest(new X500DistinguishedName("CN=Leaf,O=Made Signers"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.4.1.62558.2.1"), new("1.3.6.1.5.5.7.3.4")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(SHA256.HashData(key.EncodedKeyValue.RawData)[..20], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        CertificateChainDer = [request.Create(root.SubjectName, X509SignatureGenerator.CreateForRSA(rootKey, RSASignaturePadding.Pkcs1), Samples.Now.AddDays(-10), Samples.Now.AddDays(200), [5, 6, 7, 8]).RawData];
    }

    public static string RootPem => root.ExportCertificatePem() + "\n";

    public IReadOnlyList<byte[]> CertificateChainDer { get; }

    public CoseAlgorithm Algorithm { get; }

    public int SignatureLength { get; }

    /// <summary>RSASSA-PSS with the hash of the algorithm.</summary>
    public static MadeSigner Rsa(CoseAlgorithm algorithm)
    {
        HashAlgorithmName hash = algorithm switch { CoseAlgorithm.PS256 => HashAlgorithmName.SHA256, CoseAlgorithm.PS384 => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return new(algorithm, leafKey.KeySize / 8, new PublicKey(leafKey), bytes => leafKey.SignData(bytes, hash, RSASignaturePadding.Pss));
    }

    /// <summary>A certificate for Ed25519, with which the platform can neither sign nor verify; its signature is none.</summary>
    public static MadeSigner Ed25519() => new((CoseAlgorithm)(-8), 64, new PublicKey(new Oid("1.3.101.112"), null, new AsnEncodedData(new byte[32])), _ => new byte[64]);

    public byte[] Sign(ReadOnlySpan<byte> toBeSigned) => sign(toBeSigned.ToArray());

    private static X509Certificate2 MakeRoot()
    {
        var request = new CertificateRequest("CN=Root,O=Made Signers", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        var id = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(id);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(id));
        return request.CreateSelfSigned(Samples.Now.AddDays(-10), Samples.Now.AddDays(300));
    }
}
