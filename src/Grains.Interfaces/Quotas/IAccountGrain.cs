namespace Vitrine.Grains.Interfaces;

/// <summary>Bounds on what a tenant, project or user may do. Null is no bound at this level.</summary>
/// <param name="CreditsPerMonth">Settled plus reserved credits in one calendar month (UTC).</param>
/// <param name="ImagesPerMinute">Images accepted in any 60 seconds.</param>
/// <param name="Queued">Accepted jobs that have not begun; one more is refused.</param>
/// <param name="Running">Jobs being rendered at once; further ones wait, they are not refused.</param>
/// <param name="Weight">Share of the devices relative to siblings, 1 to 1000; null is 1.</param>
[GenerateSerializer, Immutable, Alias("vitrine.Limits")]
public sealed record Limits(
    [property: Id(0)] Credits? CreditsPerMonth = null, [property: Id(1)] int? ImagesPerMinute = null, [property: Id(2)] int? Queued = null,
    [property: Id(3)] int? Running = null, [property: Id(4)] int? Weight = null)
{
    public static readonly Limits None = new();
}

/// <summary>
/// The account side of a tenant, project or user. The truth about credits is the job stream; an account is its fold, rebuilt on activation.
/// A hold lives in memory between asking and commit only; its epoch is checked inside the accept transaction, which fences an account
/// that has been activated anew elsewhere in that moment.
/// </summary>
[Alias("vitrine.IAccountGrain"), GrainInterfaceType("vitrine.account")]
public interface IAccountGrain : IGrainWithStringKey
{
    [Alias("SetLimits")] Task<Outcome<AccountView>> SetLimits(Limits limits, CancellationToken cancellation);
    [Alias("Account")] Task<AccountView?> Account(CancellationToken cancellation);

    [Alias("Hold")] Task<HoldOutcome> Hold(HoldCredits command, CancellationToken cancellation);

    /// <summary>The accept transaction has committed: the hold is now an open reservation.</summary>
    [Alias("Confirm")] Task Confirm(string job);

    /// <summary>The accept transaction did not happen: the hold is dropped.</summary>
    [Alias("Drop")] Task Drop(string job);

    /// <summary>The accept transaction was fenced: the hold is dropped, and if this account's <paramref name="epoch"/> is no longer in force it is opened anew.</summary>
    [Alias("Fenced")] Task Fenced(string job, long epoch);

    /// <summary>The job has begun; it no longer counts as queued.</summary>
    [Alias("Begin")] Task Begin(string job);

    /// <summary>The terminal event has committed: the reservation is closed and <paramref name="settled"/> of it was spent.</summary>
    [Alias("Settle")] Task Settle(string job, Credits settled);
}

[GenerateSerializer, Immutable, Alias("vitrine.HoldCredits")]
public sealed record HoldCredits([property: Id(0)] string Job, [property: Id(1)] Credits Cost, [property: Id(2)] int Images, [property: Id(3)] string? Model);

/// <summary>Exactly one of: granted under <see cref="Epoch"/>; refused; or contended, when only holds in flight stand in the way and asking again soon will tell.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.HoldOutcome")]
public sealed record HoldOutcome(
    [property: Id(0)] long Epoch, [property: Id(1)] Limits Limits, [property: Id(2)] RateHeadroom? Rate, [property: Id(3)] Refusal? Refusal, [property: Id(4)] bool Contended,
    [property: Id(5)] string Period)
{
    public bool Granted => Refusal is null && !Contended;
}

/// <summary>Room under an images-per-minute limit, for the rate-limit headers.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.RateHeadroom")]
public sealed record RateHeadroom([property: Id(0)] int Limit, [property: Id(1)] int Remaining, [property: Id(2)] TimeSpan Reset);

[GenerateSerializer, Immutable, Alias("vitrine.AccountView")]
public sealed record AccountView(
    [property: Id(0)] Limits Limits, [property: Id(1)] string Period, [property: Id(2)] Credits Settled, [property: Id(3)] Credits Reserved,
    [property: Id(4)] int QueuedJobs, [property: Id(5)] int RunningJobs, [property: Id(6)] RateHeadroom? Rate = null);
