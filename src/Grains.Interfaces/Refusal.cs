namespace Vitrine.Grains.Interfaces;

/// <summary>Everything that the domain may say no to. A closed set: each dialect of the gateway maps all of it.</summary>
[Alias("vitrine.Refused")]
public enum Refused
{
    InvalidValue = 0,
    ModelNotFound = 1,
    ModerationBlocked = 2,
    QuotaSpent = 3,
    RateExceeded = 4,
    QueueFull = 5,
    IdempotencyMismatch = 6,
    NotFound = 7,
    AlreadyExists = 8,
    AlreadyFinished = 9,
    Overloaded = 10,
    UserErased = 11,
    RecordAltered = 12,
    InputsFull = 13,
}

/// <summary>A no that belongs to the domain.</summary>
/// <param name="Sentence">Tells the caller what would work.</param>
/// <param name="Field">The request field at fault, when there is one.</param>
/// <param name="RetryAfter">When asking again may succeed; null when only a change of request or budget helps.</param>
/// <param name="Rules">Ids of the policy rules behind it.</param>
[GenerateSerializer, Immutable, Alias("vitrine.Refusal")]
public sealed record Refusal(
    [property: Id(0)] Refused Reason,
    [property: Id(1)] string Sentence,
    [property: Id(2)] string? Field = null,
    [property: Id(3)] TimeSpan? RetryAfter = null,
    [property: Id(4)] IReadOnlyList<string>? Rules = null)
{
    /// <summary>The user behind a request is erased, or about to be.</summary>
    public static readonly Refusal UserErased = new(Refused.UserErased, "The user of this request was erased on request; nothing is accepted or told of them any more. Use an API key of another user.");

    /// <summary>The same of anybody: the sentence fits who it is.</summary>
    public static Refusal Erased(SubjectId subject) =>
        subject.User is not null ? UserErased
        : subject.Key is not null ? new(Refused.UserErased, "What was said through this API key was erased on request; nothing is accepted through it any more unless it names an end user. Use another API key.")
        : new(Refused.UserErased, "The end user of this request was erased on request; nothing is accepted or told of them any more.");

    /// <summary>New work that there is no room for at present.</summary>
    public static Refusal Overloaded(TimeSpan retryAfter) =>
        new(Refused.Overloaded, "More work waits than the platform takes on; nothing was accepted. Ask again after the time given.", RetryAfter: retryAfter);
}

/// <summary>Nothing could be recorded, so nothing was accepted. The world's doing: ask again after <see cref="RetryAfter"/>.</summary>
[GenerateSerializer, Alias("vitrine.LedgerUnavailableException")]
public sealed class LedgerUnavailableException : Exception
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public LedgerUnavailableException() : base("The event store cannot be reached.") { }
    public LedgerUnavailableException(string message) : base(message) { }
    public LedgerUnavailableException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>A caller that speaks for one tenant reached for a grain of another. A bug or an attack, never an answer.</summary>
[GenerateSerializer, Alias("vitrine.TenantMismatchException")]
public sealed class TenantMismatchException : Exception
{
    public TenantMismatchException() { }
    public TenantMismatchException(string message) : base(message) { }
    public TenantMismatchException(string message, Exception inner) : base(message, inner) { }
}
