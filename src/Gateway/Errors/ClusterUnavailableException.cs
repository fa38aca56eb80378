using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>No silo answered for as long as we were ready to wait. The world's doing: the caller may ask again.</summary>
public sealed class ClusterUnavailableException : Exception
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public ClusterUnavailableException() : base("No silo can be reached.") { }
    public ClusterUnavailableException(string message) : base(message) { }
    public ClusterUnavailableException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>Tells the world's failures, after which asking again makes sense, from our own bugs.</summary>
public static class Outage
{
    /// <summary>The 503 for a failure of the world; null when <paramref name="failure"/> is something else.</summary>
    public static ErrorAnswer? AnswerTo(Exception failure) => failure switch
    {
        LedgerUnavailableException => new(503, "ledger_unavailable", "Nothing could be recorded, so nothing was accepted. Ask again soon.") { RetryAfter = LedgerUnavailableException.RetryAfter },
        _ when IsOfCluster(failure) => new(503, "overloaded", "The platform cannot answer at the moment. Ask again soon.") { RetryAfter = ClusterUnavailableException.RetryAfter },
        _ => null,
    };

    /// <summary>True when a silo could not be reached, did not answer in time, or is going away.</summary>
    public static bool IsOfCluster(Exception failure) => failure is
        ClusterUnavailableException or SiloUnavailableException or TimeoutException or ConnectionFailedException or OrleansMessageRejectionException
        or ClientNotAvailableException or EnumerationAbortedException;
}
