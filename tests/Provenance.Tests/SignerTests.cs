using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vitrine.Provenance.C2pa.Cose;

namespace Vitrine.Provenance.Tests;

public sealed class SignerTests
{
    [Fact]
    public void The_development_chain_lasts_no_longer_than_the_certificate_policy_allows()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(Samples.Certificates.ChainPem);

        Assert.Equal(2, chain.Count);
        Assert.True(chain[0].NotAfter - chain[0].NotBefore <= TimeSpan.FromDays(366));
        Assert.True(chain[1].NotAfter - chain[1].NotBefore <= TimeSpan.FromDays(1827));
        Assert.True(chain[1].GetECDsaPublicKey()!.KeySize >= 384);
        Assert.Contains("O=Example Brand", chain[0].Subject, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nistP256", CoseAlgorithm.ES256, 64)]
    [InlineData("nistP384", CoseAlgorithm.ES384, 96)]
    [InlineData("nistP521", CoseAlgorithm.ES512, 132)]
    public void The_curve_of_the_key_decides_the_algorithm(string curve, CoseAlgorithm algorithm, int length)
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        using X509Certificate2 certificate = new CertificateRequest("CN=Leaf", key, HashAlgorithmName.SHA256).Create(
            new X500DistinguishedName("CN=Issuer"), X509SignatureGenerator.CreateForECDsa(key), Samples.Now, Samples.Now.AddDays(1), [1]);
        using var signer = new EcdsaClaimSigner(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());

        Assert.Equal((algorithm, length, length), (signer.Algorithm, signer.SignatureLength, signer.Sign("claim"u8).Length));
    }

    [Fact]
    public void A_key_that_is_not_that_of_the_certificate_is_refused() =>
        Assert.Throws<ArgumentException>(() => new EcdsaClaimSigner(
            Samples.Certificates.ChainPem, DevelopmentChain.Create("Somebody Else", Samples.Now).LeafKeyPem));

    [Fact]
    public void A_root_in_the_chain_is_refused() =>
        Assert.Throws<ArgumentException>(() => new EcdsaClaimSigner(
            Samples.Certificates.ChainPem + Samples.Certificates.RootPem, Samples.Certificates.LeafKeyPem));

    [Fact]
    public void Padding_meets_every_gap()
    {
        foreach (int gap in Enumerable.Range(16, 2_000).Concat(Enumerable.Range(65_500, 200)))
        {
            int[] pads = CoseSign1Writer.PaddingFor(gap);

            int first = 4 + Head(pads[0]) + pads[0], second = pads.Length == 1 ? 0 : 5 + Head(pads[1]) + pads[1];
            Assert.Equal(gap, first + second);
        }

        static int Head(int length) => length < 24 ? 1 : length < 256 ? 2 : length < 65536 ? 3 : 5;
    }
}
