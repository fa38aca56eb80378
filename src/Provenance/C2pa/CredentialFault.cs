namespace Vitrine.Provenance;

/// <summary>Why credentials do not hold, the gravest first. Only the first says that anybody changed anything.</summary>
public enum CredentialFault
{
    /// <summary>A hash or a signature shows that the file, or what is said of it, was changed after signing.</summary>
    Tampered,

    /// <summary>There are credentials, but they or the container around them cannot be read.</summary>
    Unreadable,

    /// <summary>The credentials are those that were signed, and break a rule of C2PA.</summary>
    Invalid,

    /// <summary>They use a method that cannot be checked here.</summary>
    Unsupported,

    /// <summary>The signer's certificate had been revoked.</summary>
    Revoked,

    /// <summary>The signer's certificate was not valid at the time that can be shown: there is no time stamp that is trusted here.</summary>
    Expired,
}
