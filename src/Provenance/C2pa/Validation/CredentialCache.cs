using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Judged chains by the digest of their certificates. Bounded, so that a stream of forged chains costs time but no memory.</summary>
internal sealed class CredentialCache(X509Certificate2Collection roots, CertificatePurpose purpose)
{
    /// <summary>Chains kept; a platform meets a handful of signers at a time.</summary>
    private const int Capacity = 256;

    private readonly ConcurrentDictionary<string, SigningCredential> judged = new(StringComparer.Ordinal);

    public SigningCredential? Judge(IReadOnlyList<ReadOnlyMemory<byte>> chainDer, ValidationBudget budget, out string problem)
    {
        problem = "";
        if (chainDer.Count > ValidationLimits.Certificates || chainDer.Any(c => c.Length > ValidationLimits.CertificateBytes))
        {
            problem = "The certificate chain is too long.";
            return null;
        }
        string digest = Digest(chainDer);
        if (!budget.MayJudge(digest))
        {
            problem = "The store names more signers than are judged.";
            return null;
        }
        if (judged.TryGetValue(digest, out SigningCredential? known)) return known;
        if (SigningCredential.TryJudge(chainDer, roots, purpose, out problem) is not { } credential) return null;
        // Forgetting everything is rare, and simpler to be sure of than an order of use.
        if (judged.Count >= Capacity) judged.Clear();
        judged[digest] = credential;
        return credential;
    }

    private static string Digest(IReadOnlyList<ReadOnlyMemory<byte>> chainDer)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (ReadOnlyMemory<byte> der in chainDer)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, der.Length);
            hash.AppendData(length);
            hash.AppendData(der.Span);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
