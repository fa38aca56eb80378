using Orleans.Concurrency;

namespace Vitrine.Grains.Interfaces;

/// <summary>One request, from acceptance to exactly one terminal event.</summary>
[Alias("vitrine.IJobGrain"), GrainInterfaceType("vitrine.job")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Decides and, when it accepts, commits before it answers. Asked again for the same job it answers the same.</summary>
    /// <exception cref="LedgerUnavailableException">Nothing could be recorded; nothing was accepted as far as the caller may assume.</exception>
    [Alias("Submit")] Task<SubmitOutcome> Submit(SubmitJob command, CancellationToken cancellation);

    /// <summary>Null when there is no such job.</summary>
    [Alias("Get"), AlwaysInterleave] Task<JobView?> Get();

    /// <summary>Where the job stands in the queue; null when it does not wait.</summary>
    [Alias("Place"), AlwaysInterleave] Task<QueuePlace?> Place();

    /// <summary>What happened after sequence <paramref name="after"/>, then what happens, to the terminal update. Ends at once for an unknown job.</summary>
    /// <param name="endOnly">Leave out what passes: only outputs and the terminal update, so that waiting for an end is one message.</param>
    [Alias("Watch"), AlwaysInterleave] IAsyncEnumerable<JobUpdate> Watch(long after, bool endOnly, CancellationToken cancellation);

    /// <summary>Ends the job at once; a device that works on it stops within one denoising step. Null when there is no such job.</summary>
    [Alias("Cancel")] Task<Outcome<JobView>?> Cancel(string by, CancellationToken cancellation);

    /// <summary>A renderer takes the job up. Null when there is nothing to render any more.</summary>
    [Alias("Begin")] Task<RenderOrder?> Begin(DeviceId device, CancellationToken cancellation);

    [Alias("Report"), AlwaysInterleave, OneWay] Task Report(int attempt, RenderProgress progress);

    /// <summary>A renderer has finished. False when that attempt no longer counts: its outputs must be thrown away.</summary>
    [Alias("Finish")] Task<bool> Finish(int attempt, RenderResult result, CancellationToken cancellation);
}

/// <summary>Which job the repeated attempts of one unlabelled request belong to. Key: tenant/key-id/body digest.</summary>
[Alias("vitrine.IAttemptsGrain"), GrainInterfaceType("vitrine.attempts")]
public interface IAttemptsGrain : IGrainWithStringKey
{
    /// <summary>A first attempt (retry count 0) is going to be made under this id.</summary>
    [Alias("First")] Task First(JobId job);

    /// <summary>The job that a retry (count ≥ 1) belongs to: the oldest unanswered attempt of the last 35 minutes, else the newest one, at any age while it is open; null when none is known.</summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="endUser">The end user whom it names, when there is no user.</param>
    [Alias("RetryOf")] Task<JobId?> RetryOf(UserId? user, string? endUser = null);

    /// <summary>The caller of this job has got its answer.</summary>
    [Alias("Answered"), OneWay] Task Answered(JobId job);
}

/// <summary>Lists jobs of one tenant. Key: the tenant.</summary>
[Alias("vitrine.IJobsGrain"), GrainInterfaceType("vitrine.jobs")]
public interface IJobsGrain : IGrainWithStringKey
{
    [Alias("List")] Task<JobPage> List(JobQuery query);
}

/// <param name="After">Opaque cursor of the page before, or null. Newest first.</param>
/// <param name="Limit">1 to 100.</param>
[GenerateSerializer, Immutable, Alias("vitrine.JobQuery")]
public sealed record JobQuery(
    [property: Id(0)] string? Project, [property: Id(1)] string? User, [property: Id(2)] string? Session, [property: Id(3)] JobState? State,
    [property: Id(4)] string? After, [property: Id(5)] int Limit);

/// <summary>Null <see cref="Jobs"/> when the cursor was not one of ours.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.JobPage")]
public sealed record JobPage([property: Id(0)] IReadOnlyList<JobView>? Jobs, [property: Id(1)] string? Next);
