using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vitrine.Provenance.C2pa.Writing;

namespace Vitrine.Provenance.Tests;

/// <summary>Manifests whose signature is good and whose content breaks one rule.</summary>
public sealed class ForgeryTests(IndependentJudge judge) : IClassFixture<IndependentJudge>
{
    private const string SourceType = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

    /// <summary>What is wrong, the code that our validator must report, and whether c2pa-rs 0.91.3 lets it pass.</summary>
    private static readonly (string What, string Code, bool JudgeIsLenient, Action<ForgedManifest> Change)[] forgeries =
    [
        ("an assertion that the claim does not name", "assertion.undeclared", false, m => m.Undeclared.Add(Assertions.NoTraining())),
        ("a name without an assertion", "assertion.missing", false, m => m.DanglingUrls.Add("self#jumbf=c2pa.assertions/c2pa.gone")),
        ("an assertion of another manifest", "assertion.outsideManifest", false, m => m.DanglingUrls.Add("self#jumbf=/c2pa/urn:c2pa:other/c2pa.assertions/c2pa.gone")),
        ("no actions", "assertion.action.malformed", false, m => m.Created.RemoveAt(0)),
        ("a first action that begins nothing", "assertion.action.malformed", false, m => m.Created[0] = ForgedManifest.Actions(("c2pa.edited", SourceType))),
        ("a creation without a source type", "assertion.action.malformed", false, m => m.Created[0] = ForgedManifest.Actions(("c2pa.created", null))),
        ("a second creation", "assertion.action.malformed", false, m => m.Created[0] = ForgedManifest.Actions(("c2pa.created", SourceType), ("c2pa.created", SourceType))),
        ("an opening without a parent", "assertion.action.ingredientMismatch", false, m => m.Created[0] = ForgedManifest.Actions(("c2pa.opened", null))),
        ("a bound watermark that nothing describes", "assertion.action.softBindingMissing", false,
            m => m.Created[0] = ForgedManifest.Actions(("c2pa.created", SourceType), ("c2pa.watermarked.bound", null))),
        ("no hard binding", "claim.hardBindings.missing", false, m => m.HasDataHash = false),
        ("two hard bindings", "assertion.multipleHardBindings", false, m => m.Created.Add(ForgedManifest.Cbor("c2pa.hash.data__1", w =>
        {
            w.WriteStartMap(3);
            Assertions.WriteText(w, "alg", "sha256");
            w.WriteTextString("hash");
            w.WriteByteString(new byte[32]);
            w.WriteTextString("pad");
            w.WriteByteString([]);
            w.WriteEndMap();
        }))),
        ("no hash algorithm", "algorithm.unsupported", false, m => m.HashAlgorithm = null),
        ("an unknown hash algorithm", "algorithm.unsupported", false, m => m.HashAlgorithm = "md5"),
        ("an exclusion longer than the store", "assertion.dataHash.mismatch", false, m => m.ExclusionSlip = 4),
        ("padding that is not zero", "assertion.dataHash.mismatch", true, m => m.HashPadding = 1),
        ("a claim labelled as version 1", "claim.malformed", true, m => m.ClaimLabel = "c2pa.claim"),
    ];

    [Fact]
    public void A_manifest_that_breaks_a_rule_is_invalid_whoever_signed_it()
    {
        byte[][] files = [.. forgeries.Select(f => ForgedManifest.Sign("small.png", f.Change))];

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge(files);

        var problems = new List<string>();
        foreach (((string what, string code, bool lenient, _), byte[] file, JudgeVerdict verdict) in forgeries.Zip(files, verdicts))
        {
            CredentialVerdict ours = Samples.Verify(file);
            if (ours.State != CredentialState.Invalid || !ours.Failures.Any(f => f.Code == code))
                problems.Add($"{what}: ours says {ours.State} [{string.Join("; ", ours.Failures)}]");
            if (verdict.Passed != lenient) problems.Add($"{what}: c2pa-rs says {verdict}");
        }
        Assert.Empty(problems);
    }

    [Fact]
    public void The_forger_can_also_write_a_manifest_that_holds()
    {
        byte[] file = ForgedManifest.Sign("small.png", _ => { });

        Assert.Equal(CredentialState.Trusted, Samples.Verify(file).State);
        Assert.True(judge.Judge([file])[0].Passed);
    }

    [Fact]
    public void Bytes_that_a_second_exclusion_leaves_out_are_mentioned()
    {
        byte[] file = ForgedManifest.Sign("small.png", m => m.ExcludedTail = 12);

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.Contains(verdict.Findings, f => f is { Kind: FindingKind.Informational, Code: "assertion.dataHash.additionalExclusionsPresent" });
    }

    [Fact]
    public void A_signer_without_a_known_root_is_valid_and_not_trusted()
    {
        byte[] file = Samples.Signed("small.png");
        TrustAnchors foreign = TrustAnchors.FromPem(DevelopmentChain.Create("Somebody Else", Samples.Now).RootPem);

        foreach (TrustAnchors anchors in new[] { foreign, TrustAnchors.None })
        {
            CredentialVerdict verdict = ContentCredentials.Verify(file, anchors, Samples.Now);

            Assert.Equal(CredentialState.Valid, verdict.State);
            Assert.Equal("signingCredential.untrusted", Assert.Single(verdict.Failures).Code);
        }
    }

    [Fact]
    public void Without_a_time_stamp_a_signature_ends_with_its_certificate()
    {
        byte[] file = Samples.Signed("small.png");

        CredentialVerdict late = ContentCredentials.Verify(file, Samples.Anchors, Samples.Now.AddDays(366));
        CredentialVerdict early = ContentCredentials.Verify(file, Samples.Anchors, Samples.Now.AddDays(-1));

        Assert.Equal((CredentialState.Invalid, CredentialState.Invalid), (late.State, early.State));
        Assert.True(late.Has("claimSignature.outsideValidity") && late.Has("signingCredential.expired"));
        Assert.True(early.Has("claimSignature.outsideValidity") && !early.Has("signingCredential.expired"));
    }

    [Fact]
    public void A_certificate_outside_the_profile_is_refused_whatever_it_signs()
    {
        (string What, IClaimSigner Signer)[] signers =
        [
            ("self-signed", new BareSigner(request => request.CreateSelfSigned(Samples.Now.AddDays(-1), Samples.Now.AddDays(1)))),
            ("for web servers", new BareSigner(request =>
            {
                request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], false));
                return request.Create(new X500DistinguishedName("CN=Somebody"), X509SignatureGenerator.CreateForECDsa(ECDsa.Create(ECCurve.NamedCurves.nistP256)),
                    Samples.Now.AddDays(-1), Samples.Now.AddDays(1), [1, 2, 3]);
            })),
        ];

        byte[][] files = [.. signers.Select(s => ForgedManifest.Sign("small.png", m => m.Signer = s.Signer))];

        Assert.All(files, f => Assert.True(Samples.Verify(f) is { State: CredentialState.Invalid } v && v.Has("signingCredential.invalid")));
        Assert.All(judge.Judge(files), v => Assert.False(v.Passed));
    }

    [Fact]
    public void A_chain_without_its_issuer_leads_nowhere()
    {
        byte[] file = ForgedManifest.Sign("small.png", m => m.Signer = new ShortChainSigner());

        Assert.Equal(CredentialState.Valid, Samples.Verify(file).State);
        Assert.False(judge.Judge([file])[0].Passed);
    }

    private sealed class ShortChainSigner : IClaimSigner
    {
        public IReadOnlyList<byte[]> CertificateChainDer { get; } = [Samples.Signer.CertificateChainDer[0]];

        public CoseAlgorithm Algorithm => Samples.Signer.Algorithm;

        public int SignatureLength => Samples.Signer.SignatureLength;

        public byte[] Sign(ReadOnlySpan<byte> toBeSigned) => Samples.Signer.Sign(toBeSigned);
    }

    private sealed class BareSigner : IClaimSigner
    {
        private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public BareSigner(Func<CertificateRequest, X509Certificate2> issue) =>
            CertificateChainDer = [issue(new CertificateRequest("CN=Bare,O=Bare", key, HashAlgorithmName.SHA256)).RawData];

        public IReadOnlyList<byte[]> CertificateChainDer { get; }

        public CoseAlgorithm Algorithm => CoseAlgorithm.ES256;

        public int SignatureLength => 64;

        public byte[] Sign(ReadOnlySpan<byte> toBeSigned) => key.SignData(toBeSigned, HashAlgorithmName.SHA256);
    }
}
