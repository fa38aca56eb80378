namespace Vitrine.Provenance;

/// <summary>
/// Whoever attests times (RFC 3161): over HTTP in production, in this process for tests and laptops. Implementations may be called from many threads at once.
/// </summary>
public interface ITimeStampAuthority
{
    /// <param name="request">A DER TimeStampReq, which over HTTP is sent as <c>application/timestamp-query</c>.</param>
    /// <returns>The DER TimeStampResp.</returns>
    /// <exception cref="TimeStampUnavailableException">The authority did not answer, or answered with something that is no response.</exception>
    Task<byte[]> Answer(ReadOnlyMemory<byte> request, CancellationToken cancellation);
}

/// <summary>No usable time stamp could be had now. A file can be signed without one, and be given one later.</summary>
public sealed class TimeStampUnavailableException : Exception
{
    public TimeStampUnavailableException() : base("No time stamp could be had.") { }

    public TimeStampUnavailableException(string message) : base(message) { }

    public TimeStampUnavailableException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>A signed file.</summary>
/// <param name="Bytes">The whole file with its manifest store.</param>
/// <param name="IsStamped">Whether an authority attests when it was signed. Without, the signature ends with the signer's certificate.</param>
/// <param name="WhyNotStamped">What kept the stamp away, or null.</param>
public sealed record SignedFile(byte[] Bytes, bool IsStamped, string? WhyNotStamped);
