namespace Vitrine.Provenance.Tests;

/// <summary>Every signature algorithm that the platform writes or reads, from the key to the verdict of both validators.</summary>
public sealed class AlgorithmTests(IndependentJudge judge) : IClassFixture<IndependentJudge>
{
    [Fact]
    public void What_is_signed_on_any_curve_or_with_rsa_is_trusted_by_both_validators()
    {
        (string Name, IClaimSigner Signer, string RootPem)[] signers =
        [
            .. new[] { CoseAlgorithm.ES256, CoseAlgorithm.ES384, CoseAlgorithm.ES512 }.Select(algorithm =>
            {
                DevelopmentCertificates made = DevelopmentChain.Create($"Brand of {algorithm}", Samples.Now, algorithm);
                return (algorithm.ToString(), (IClaimSigner)new EcdsaClaimSigner(made.ChainPem, made.LeafKeyPem), made.RootPem);
            }),
            .. new[] { CoseAlgorithm.PS256, CoseAlgorithm.PS384, CoseAlgorithm.PS512 }.Select(algorithm => (algorithm.ToString(), (IClaimSigner)MadeSigner.Rsa(algorithm), MadeSigner.RootPem)),
        ];
        var files = signers.SelectMany(s => new[] { "small.png", "clip.mp4" }.Select(name =>
            (What: $"{s.Name}, {name}", s.Name, s.RootPem, Bytes: ContentCredentials.Sign(Samples.Read(name), Samples.Description, s.Signer)))).ToList();

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. files.Select(f => f.Bytes)], alsoTrusted: string.Concat(signers.Select(s => s.RootPem).Distinct()));

        Assert.All(files.Zip(verdicts), f =>
        {
            CredentialVerdict ours = ContentCredentials.Verify(f.First.Bytes, TrustAnchors.FromPem(f.First.RootPem), Samples.Now);
            Assert.True(ours.State == CredentialState.Trusted, $"{f.First.What}: {string.Join("; ", ours.Failures)}");
            Assert.True(f.Second.Passed, $"{f.First.What}: {f.Second}");
            // The verdict is that of this signature, and not of any.
            CredentialVerdict changed = ContentCredentials.Verify(Changed.Text(f.First.Bytes, "gVitrine", "gVitrune"), TrustAnchors.FromPem(f.First.RootPem), Samples.Now);
            Assert.True(changed.Has("claimSignature.mismatch"), f.First.What);
        });
    }

    [Fact]
    public void An_algorithm_that_does_not_go_with_the_key_is_unsupported_and_no_tampering()
    {
        byte[] file = ForgedManifest.Sign("small.png", m => m.Signer = new Mislabelled());

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.Equal((CredentialState.Invalid, CredentialFault.Unsupported), (verdict.State, verdict.Fault));
        Assert.Equal("algorithm.unsupported", Assert.Single(verdict.Failures).Code);
    }

    private sealed class Mislabelled : IClaimSigner
    {
        public IReadOnlyList<byte[]> CertificateChainDer => Samples.Signer.CertificateChainDer;

        public CoseAlgorithm Algorithm => CoseAlgorithm.PS256;

        public int SignatureLength => Samples.Signer.SignatureLength;

        public byte[] Sign(ReadOnlySpan<byte> toBeSigned) => Samples.Signer.Sign(toBeSigned);
    }
}
