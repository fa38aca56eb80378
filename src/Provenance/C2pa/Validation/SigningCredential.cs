using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>A signer's chain, judged against a set of roots for all times: what changes with time is only whether the windows hold.</summary>
internal sealed class SigningCredential
{
    private readonly ConcurrentBag<AsymmetricAlgorithm> idleKeys = [];
    private readonly byte[] publicKey;
    private readonly bool isRsa;

    private SigningCredential(X509Certificate2 leaf, bool reachesAnchor, string trustExplanation, Window issuers, IReadOnlyList<string> faults)
    {
        (ReachesAnchor, TrustExplanation, Issuers, Faults) = (reachesAnchor, trustExplanation, issuers, faults);
        Validity = Window.Of(leaf);
        IsKeyUsable = leaf.PublicKey.Oid.Value != C2paOids.Ed25519;
        isRsa = leaf.PublicKey.Oid.Value is C2paOids.Rsa or C2paOids.RsaPss;
        // A key that is bound to RSASSA-PSS has the same bits under another name, which the platform does not import.
        publicKey = isRsa ? leaf.PublicKey.EncodedKeyValue.RawData : leaf.PublicKey.ExportSubjectPublicKeyInfo();
        Name = leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        Organisation = FindOrganisation(leaf.SubjectName);
        // A key that cannot be used shows here, where a broken certificate is expected, and not during verification.
        if (IsKeyUsable) idleKeys.Add(BorrowKey());
    }

    /// <summary>Ed25519 is lawful, but the platform cannot verify with it.</summary>
    private bool IsKeyUsable { get; }

    public bool ReachesAnchor { get; }

    public string TrustExplanation { get; }

    /// <summary>Breaches of the C2PA certificate profile, one sentence each.</summary>
    public IReadOnlyList<string> Faults { get; }

    public Window Validity { get; }

    /// <summary>The time in which every issuer up to the root is valid.</summary>
    public Window Issuers { get; }

    public string? Name { get; }

    public string? Organisation { get; }

    /// <summary>Reads and judges a chain. Answers null and a sentence when the signer's certificate cannot be read.</summary>
    public static SigningCredential? TryJudge(
        IReadOnlyList<ReadOnlyMemory<byte>> chainDer, X509Certificate2Collection roots, CertificatePurpose purpose, out string problem)
    {
        problem = "";
        var certificates = new X509Certificate2Collection();
        try
        {
            foreach (ReadOnlyMemory<byte> der in chainDer) certificates.Add(X509CertificateLoader.LoadCertificate(der.Span));
            return Judge(certificates, roots, purpose);
        }
        // ArgumentException: some malformed names and dates are only noticed when a property is read.
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            problem = "A certificate of the chain cannot be read: " + e.Message;
            return null;
        }
        finally
        {
            foreach (X509Certificate2 certificate in certificates) certificate.Dispose();
        }
    }

    private static SigningCredential Judge(X509Certificate2Collection certificates, X509Certificate2Collection roots, CertificatePurpose purpose)
    {
        X509Certificate2 leaf = certificates[0];
        var faults = new List<string>(CertificateProfile.FaultsOf(leaf, purpose));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        for (int i = 1; i < certificates.Count; i++) chain.ChainPolicy.ExtraStore.Add(certificates[i]);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // A certificate must never make us open a connection to an address that it names.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        // Time is judged for the moment asked for, see Issuers; so one judgement serves every moment.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.VerificationTimeIgnored = true;
        bool built = chain.Build(leaf);
        string reasons = string.Join(" ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()).Where(s => s.Length > 0).Distinct());
        Window issuers = Window.Always;
        if (built)
        {
            foreach (X509ChainElement element in chain.ChainElements.Skip(1))
            {
                issuers = issuers.And(Window.Of(element.Certificate));
                faults.AddRange(CertificateProfile.FaultsOfIssuer(element.Certificate));
            }
        }
        foreach (X509ChainElement element in chain.ChainElements) element.Certificate.Dispose();
        string explanation = built ? "The signer leads to a trust anchor." : "The signer does not lead to a trust anchor. " + reasons;
        // Kept for as long as the chain is remembered, and a certificate may name itself in kilobytes.
        return new(leaf, built, explanation.Trim(), issuers, [.. faults.Select(fault => Findings.Short(fault, ValidationLimits.ExplanationCharacters))]);
    }

    /// <summary>Verifies a signature in the COSE form. Answers null when the algorithm is unknown or does not go with the key.</summary>
    public bool? Verify(long algorithm, ReadOnlySpan<byte> signedBytes, ReadOnlySpan<byte> signature)
    {
        HashAlgorithmName hash;
        switch ((CoseAlgorithm)algorithm)
        {
            case CoseAlgorithm.ES256 or CoseAlgorithm.PS256: hash = HashAlgorithmName.SHA256; break;
            case CoseAlgorithm.ES384 or CoseAlgorithm.PS384: hash = HashAlgorithmName.SHA384; break;
            case CoseAlgorithm.ES512 or CoseAlgorithm.PS512: hash = HashAlgorithmName.SHA512; break;
            default: return null;
        }
        bool isPss = (CoseAlgorithm)algorithm is CoseAlgorithm.PS256 or CoseAlgorithm.PS384 or CoseAlgorithm.PS512;
        if (isPss != isRsa || !IsKeyUsable) return null;
        AsymmetricAlgorithm key = BorrowKey();
        try
        {
            return key switch
            {
                RSA rsa => rsa.VerifyData(signedBytes, signature, hash, RSASignaturePadding.Pss),
                ECDsa ecdsa => ecdsa.VerifyData(signedBytes, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                _ => null,
            };
        }
        finally
        {
            idleKeys.Add(key);
        }
    }

    /// <summary>Importing a key costs more than a verification, so keys are kept; each is used by one thread at a time.</summary>
    private AsymmetricAlgorithm BorrowKey()
    {
        if (idleKeys.TryTake(out AsymmetricAlgorithm? idle)) return idle;
        AsymmetricAlgorithm key = isRsa ? RSA.Create() : ECDsa.Create();
        if (key is RSA rsa) rsa.ImportRSAPublicKey(publicKey, out _);
        else ((ECDsa)key).ImportSubjectPublicKeyInfo(publicKey, out _);
        return key;
    }

    private static string? FindOrganisation(X500DistinguishedName subject)
    {
        const string OrganisationOid = "2.5.4.10";
        foreach (X500RelativeDistinguishedName part in subject.EnumerateRelativeDistinguishedNames())
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == OrganisationOid) return part.GetSingleElementValue();
        return null;
    }
}

/// <summary>A span of time, both ends included.</summary>
internal readonly record struct Window(DateTimeOffset From, DateTimeOffset Until)
{
    public static Window Always { get; } = new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    public static Window Of(X509Certificate2 certificate) => new(certificate.NotBefore, certificate.NotAfter);

    public bool Contains(DateTimeOffset time) => From <= time && time <= Until;

    public Window And(Window other) => new(From > other.From ? From : other.From, Until < other.Until ? Until : other.Until);
}
