namespace Vitrine.Provenance;

/// <summary>
/// Whoever holds the key that signs claims: a file today, a key management system or a hardware module in production.
/// Implementations may be called from many threads at once.
/// </summary>
public interface IClaimSigner
{
    /// <summary>The certificates as DER, the signer's own first, then each issuer; the root is left out because the verifier brings its own.</summary>
    IReadOnlyList<byte[]> CertificateChainDer { get; }

    CoseAlgorithm Algorithm { get; }

    /// <summary>Length in bytes of every signature that <see cref="Sign"/> answers.</summary>
    int SignatureLength { get; }

    /// <summary>
    /// Signs the COSE Sig_structure of a claim (RFC 9052, 4.4). An ECDSA signature is r and s side by side (IEEE P1363), never DER.
    /// </summary>
    byte[] Sign(ReadOnlySpan<byte> toBeSigned);
}

/// <summary>The signature algorithms of C2PA that this platform knows, with their COSE numbers (RFC 9053, RFC 8230).</summary>
public enum CoseAlgorithm
{
    ES256 = -7,
    ES384 = -35,
    ES512 = -36,
    PS256 = -37,
    PS384 = -38,
    PS512 = -39,
}
