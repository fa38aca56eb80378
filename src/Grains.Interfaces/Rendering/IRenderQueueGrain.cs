using Orleans.Concurrency;

namespace Vitrine.Grains.Interfaces;

/// <summary>Who is next on a pool of devices. Key: the pool. Its state is a fold of the open jobs: it can be lost at any time.</summary>
[Alias("vitrine.IRenderQueueGrain"), GrainInterfaceType("vitrine.render-queue")]
public interface IRenderQueueGrain : IGrainWithStringKey
{
    /// <summary>Adding a job that waits or runs already changes nothing. Answers its place; null when it does not wait.</summary>
    [Alias("Enqueue")] Task<QueuePlace?> Enqueue(QueuedJob job);

    /// <summary>Somebody's limits were set anew: their weights and caps count for what waits already, too.</summary>
    /// <param name="account"><c>tenant</c>, <c>project/…</c> or <c>user/…</c>.</param>
    [Alias("Relimit")] Task Relimit(TenantId tenant, string account, Limits limits);

    /// <summary>The job is over; if a device works on it, that device is told to stop.</summary>
    [Alias("Remove")] Task Remove(JobKey job);

    /// <summary>The job's pictures are there: as <see cref="Remove"/>, and its duration says something about the next one's.</summary>
    [Alias("Done")] Task Done(JobKey job);

    /// <summary>
    /// A renderer says that it lives, what it holds, and for how many pictures it has room; it gets the jobs that it shall render next, perhaps none.
    /// A renderer that is not heard of for the lease time loses what it held to others.
    /// </summary>
    [Alias("Take")] Task<IReadOnlyList<QueuedJob>> Take(RendererOffer offer);

    /// <summary>Null when the job does not wait here.</summary>
    [Alias("Place")] Task<QueuePlace?> Place(JobKey job);

    /// <summary>Reads the open jobs from the store and takes in those that it does not know.</summary>
    [Alias("Reconcile")] Task Reconcile();

    [Alias("Status")] Task<QueueStatus> Status();
}

/// <param name="Trace">W3C traceparent of the request that asked for it, so that rendering joins its trace; null after a restart.</param>
/// <param name="Images">Pictures that a device works on at once for it.</param>
/// <param name="IsClip">Its outputs are clips, which are long: it never preempts.</param>
/// <param name="Express">Said by the queue when it gives the job out: its tenant had nothing running, so it goes before what the device has begun and takes none of its room.</param>
[GenerateSerializer, Immutable, Alias("vitrine.QueuedJob")]
public sealed record QueuedJob(
    [property: Id(0)] JobKey Job, [property: Id(1)] string Project, [property: Id(2)] string? User, [property: Id(3)] string Model, [property: Id(4)] int Images,
    [property: Id(5)] Credits Cost, [property: Id(6)] Speed Speed, [property: Id(7)] string? LastDevice,
    [property: Id(8)] Limits TenantLimits, [property: Id(9)] Limits ProjectLimits, [property: Id(10)] Limits UserLimits,
    [property: Id(11)] string? Trace = null, [property: Id(12)] bool Express = false, [property: Id(13)] bool IsClip = false);

/// <param name="Room">Pictures that it can take up now.</param>
/// <param name="Holding">Jobs that it works on.</param>
/// <param name="Models">Names of the models that it can run.</param>
/// <param name="Resident">Names of those that it has in memory; within bounds they come first.</param>
/// <param name="Leaving">Its silo stops: it takes nothing more, and what it no longer holds is for others.</param>
/// <param name="Done">The share, 0 to 1, that is done of long jobs among those that it works on; null where it works on none.</param>
/// <param name="ExpressRoom">Pictures that it can take up beyond <paramref name="Room"/>, each before those that it has begun; who gets that is the queue's to say.</param>
[GenerateSerializer, Immutable, Alias("vitrine.RendererOffer")]
public sealed record RendererOffer(
    [property: Id(0)] DeviceId Device, [property: Id(1)] int Room, [property: Id(2)] IReadOnlyList<JobKey> Holding, [property: Id(3)] IReadOnlyList<string> Models,
    [property: Id(4)] IReadOnlyList<string>? Resident = null, [property: Id(5)] bool Leaving = false, [property: Id(6)] int ExpressRoom = 0,
    [property: Id(7)] IReadOnlyDictionary<JobKey, double>? Done = null);

/// <param name="Backlog">How long what waits and runs will take; null before anything was rendered.</param>
/// <param name="EtaErrorLow">Of ten jobs one took less than this times what was expected of it; null before enough were done.</param>
/// <param name="EtaErrorHigh">Of ten jobs one took more than this times what was expected of it.</param>
[GenerateSerializer, Immutable, Alias("vitrine.QueueStatus")]
public sealed record QueueStatus(
    [property: Id(0)] int Waiting, [property: Id(1)] int Leased, [property: Id(2)] IReadOnlyList<string> LiveDevices,
    [property: Id(3)] TimeSpan? Backlog = null, [property: Id(4)] double? EtaErrorLow = null, [property: Id(5)] double? EtaErrorMedian = null, [property: Id(6)] double? EtaErrorHigh = null);

/// <summary>One accelerator. Key: the device. Placed only on the silo that advertises it.</summary>
[Alias("vitrine.IRendererGrain"), GrainInterfaceType("vitrine.renderer")]
public interface IRendererGrain : IGrainWithStringKey
{
    /// <summary>Begins to pull work; called by its silo at start, and harmless when it does already.</summary>
    [Alias("Start")] Task Start();

    /// <summary>There may be work.</summary>
    [Alias("Wake"), OneWay, AlwaysInterleave] Task Wake();

    [Alias("Stop"), OneWay, AlwaysInterleave] Task Stop(JobKey job);

    [Alias("Status"), AlwaysInterleave] Task<RendererStatus> Status();
}

[GenerateSerializer, Immutable, Alias("vitrine.RendererStatus")]
public sealed record RendererStatus([property: Id(0)] DeviceId Device, [property: Id(1)] string SiloName, [property: Id(2)] IReadOnlyList<JobKey> Holding, [property: Id(3)] long ImagesDone);
