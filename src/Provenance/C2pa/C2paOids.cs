namespace Vitrine.Provenance;

/// <summary>Object identifiers of the C2PA certificate profile and of the usages that it allows beside its own.</summary>
internal static class C2paOids
{
    public const string ClaimSigning = "1.3.6.1.4.1.62558.2.1";
    public const string EmailProtection = "1.3.6.1.5.5.7.3.4";
    public const string DocumentSigning = "1.3.6.1.5.5.7.3.36";
    public const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    public const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    public const string AnyUsage = "2.5.29.37.0";
    public const string CertificatePolicies = "2.5.29.32";
    public const string CertificatePolicy = "1.3.6.1.4.1.62558.1.1";
    public const string Assurance = "1.3.6.1.4.1.62558.3";
    public const string AssuranceLevelOne = "1.3.6.1.4.1.62558.3.10";
    public const string Rsa = "1.2.840.113549.1.1.1";
    public const string RsaPss = "1.2.840.113549.1.1.10";
    public const string Ed25519 = "1.3.101.112";
}
