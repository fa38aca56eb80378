using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance;

/// <summary>Signs claims with an elliptic-curve key that was read from PEM. Safe to use from many threads.</summary>
public sealed class EcdsaClaimSigner : IClaimSigner, IDisposable
{
    // A key object is not promised to be thread-safe and costs more to make than a signature does, so each thread borrows one.
    private readonly ConcurrentBag<ECDsa> idle = [];
    private readonly ECParameters parameters;
    private readonly HashAlgorithmName hash;

    /// <param name="chainPem">The signer's certificate, then its issuers, without the root.</param>
    /// <param name="keyPem">The private key of the first certificate, unencrypted PKCS#8 or SEC1, on P-256, P-384 or P-521.</param>
    /// <exception cref="ArgumentException">No certificate, a root among them, a key of another kind, or a key that is not the certificate's.</exception>
    /// <exception cref="CryptographicException">The PEM text does not hold what its label says.</exception>
    public EcdsaClaimSigner(string chainPem, string keyPem)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        parameters = key.ExportParameters(includePrivateParameters: true);
        (Algorithm, hash, SignatureLength) = key.KeySize switch
        {
            256 => (CoseAlgorithm.ES256, HashAlgorithmName.SHA256, 64),
            384 => (CoseAlgorithm.ES384, HashAlgorithmName.SHA384, 96),
            521 => (CoseAlgorithm.ES512, HashAlgorithmName.SHA512, 132),
            _ => throw new ArgumentException($"A claim is signed on P-256, P-384 or P-521, but this key has {key.KeySize} bits.", nameof(keyPem)),
        };
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(chainPem);
        try
        {
            if (chain.Count == 0) throw new ArgumentException("There is no certificate in the chain.", nameof(chainPem));
            if (chain.Any(c => c.SubjectName.RawData.AsSpan().SequenceEqual(c.IssuerName.RawData)))
                throw new ArgumentException("The chain must not hold the root or any other self-signed certificate.", nameof(chainPem));
            if (!chain[0].PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                throw new ArgumentException("The key is not that of the first certificate of the chain.", nameof(keyPem));
            CertificateChainDer = [.. chain.Select(c => c.RawData)];
        }
        finally
        {
            foreach (X509Certificate2 certificate in chain) certificate.Dispose();
        }
    }

    public IReadOnlyList<byte[]> CertificateChainDer { get; }

    public CoseAlgorithm Algorithm { get; }

    public int SignatureLength { get; }

    public byte[] Sign(ReadOnlySpan<byte> toBeSigned)
    {
        if (!idle.TryTake(out ECDsa? key)) key = ECDsa.Create(parameters);
        try
        {
            byte[] signature = new byte[SignatureLength];
            key.SignData(toBeSigned, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            return signature;
        }
        finally
        {
            idle.Add(key);
        }
    }

    public void Dispose()
    {
        while (idle.TryTake(out ECDsa? key)) key.Dispose();
    }
}
