using System.Security.Cryptography.X509Certificates;
using Vitrine.Provenance.C2pa.Validation;

namespace Vitrine.Provenance;

/// <summary>
/// The roots that a verifier trusts, and a bounded memory of the chains that it has judged against them, because building a chain costs more
/// than all other checks of a small file. Safe to use from many threads; make one and keep it.
/// </summary>
public sealed class TrustAnchors
{
    private TrustAnchors(X509Certificate2Collection signers, X509Certificate2Collection timeStampAuthorities)
    {
        (Credentials, TimeStampCredentials) = (new(signers, CertificatePurpose.Claims), new(timeStampAuthorities, CertificatePurpose.TimeStamps));
        (SignersPem, TimeStampsPem) = (Pem(signers), Pem(timeStampAuthorities));
    }

    /// <summary>Nobody is trusted: a file is at best valid.</summary>
    public static TrustAnchors None { get; } = new([], []);

    /// <summary>The roots of signers, for whoever is to trust the same; empty when there are none.</summary>
    public string SignersPem { get; }

    /// <summary>The roots of time stamp authorities, likewise.</summary>
    public string TimeStampsPem { get; }

    internal CredentialCache Credentials { get; }

    internal CredentialCache TimeStampCredentials { get; }

    /// <param name="pem">One or more self-signed certificates: the roots of signers.</param>
    /// <param name="timeStampAuthoritiesPem">The roots of time stamp authorities (RFC 3161); without it no time stamp is trusted.</param>
    /// <exception cref="ArgumentException">There is no certificate in the text.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate cannot be read.</exception>
    public static TrustAnchors FromPem(string pem, string? timeStampAuthoritiesPem = null) =>
        new(Read(pem, nameof(pem)), timeStampAuthoritiesPem is null ? [] : Read(timeStampAuthoritiesPem, nameof(timeStampAuthoritiesPem)));

    /// <summary>Whether what somebody signs would be trusted here: the chain leads to a root and has the form that C2PA asks for. When it is valid is another question.</summary>
    public bool Reaches(IClaimSigner signer, out string problem)
    {
        SigningCredential? credential = Credentials.Judge([.. signer.CertificateChainDer.Select(c => (ReadOnlyMemory<byte>)c)], new(), out problem);
        if (credential is null) return false;
        problem = credential.ReachesAnchor ? string.Join(" ", credential.Faults) : credential.TrustExplanation;
        return credential.ReachesAnchor && credential.Faults.Count == 0;
    }

    private static string Pem(X509Certificate2Collection roots) => string.Concat(roots.Select(root => root.ExportCertificatePem() + "\n"));

    private static X509Certificate2Collection Read(string pem, string name)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(pem);
        return roots.Count > 0 ? roots : throw new ArgumentException("There is no certificate in the text.", name);
    }
}
