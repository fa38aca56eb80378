using System.Security.Cryptography.X509Certificates;
using Vitrine.Provenance.C2pa.Validation;

namespace Vitrine.Provenance;

/// <summary>
/// The roots that a verifier trusts, and a bounded memory of the chains that it has judged against them, because building a chain costs more
/// than all other checks of a small file. Safe to use from many threads; make one and keep it.
/// </summary>
public sealed class TrustAnchors
{
    private TrustAnchors(X509Certificate2Collection roots) => Credentials = new(roots);

    /// <summary>Nobody is trusted: a file is at best valid.</summary>
    public static TrustAnchors None { get; } = new([]);

    internal CredentialCache Credentials { get; }

    /// <param name="pem">One or more self-signed certificates.</param>
    /// <exception cref="ArgumentException">There is no certificate in the text.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate cannot be read.</exception>
    public static TrustAnchors FromPem(string pem)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(pem);
        return roots.Count > 0 ? new(roots) : throw new ArgumentException("There is no certificate in the text.", nameof(pem));
    }
}
