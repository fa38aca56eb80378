using Orleans.Concurrency;

namespace Vitrine.Grains.Interfaces;

/// <summary>A replay: <c>replay_</c> and 26 of <c>0-9a-z</c>, as a job's id.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.ReplayId")]
public readonly record struct ReplayId([property: Id(0)] string Value)
{
    private const string Prefix = "replay_";

    /// <summary>A fresh id, called at the edge only.</summary>
    public static ReplayId New() => new(Prefix + Base32.Fresh());

    /// <summary>The one replay that an idempotency key of one API key names, for ever.</summary>
    public static ReplayId ForIdempotencyKey(Principal principal, string idempotencyKey) =>
        new(Prefix + Base32.Named($"replay-idempotency-key\n{principal.Tenant}\n{principal.Key}\n{idempotencyKey}"));

    public static bool TryParse(string? text, out ReplayId id)
    {
        id = new(text ?? "");
        return text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && Base32.IsEncoded(text.AsSpan(Prefix.Length));
    }

    /// <summary>The name under which the render queue knows it: it waits and runs like any job.</summary>
    public JobKey InQueueOf(TenantId tenant) => new(tenant, new JobId(Value));

    public override string ToString() => Value;
}

/// <summary>
/// The replays of a tenant: pictures that are made again from their record alone, to see whether they come out the same. Key: the tenant, so that one grain counts how many are
/// open. A replay gives evidence and no picture: its pixels are compared and thrown away.
/// </summary>
[Alias("vitrine.IReplaysGrain"), GrainInterfaceType("vitrine.replays")]
public interface IReplaysGrain : IGrainWithStringKey
{
    /// <summary>Records the wish and puts it in line; where the record or the catalogue cannot give the picture again, the verdict is there at once. Null when there is no such asset.</summary>
    [Alias("Request")] Task<ReplayOutcome?> Request(RequestReplay command, CancellationToken cancellation);

    /// <summary>Null when there is no such replay.</summary>
    [Alias("Get")] Task<ReplayView?> Get(ReplayId replay, CancellationToken cancellation);

    /// <summary>Where it stands in the queue; null when it does not wait.</summary>
    [Alias("Place"), AlwaysInterleave] Task<QueuePlace?> Place(ReplayId replay);

    /// <summary>Ends it at once; a device that works on it stops within one denoising step. Null when there is no such replay.</summary>
    [Alias("Cancel")] Task<Outcome<ReplayView>?> Cancel(ReplayId replay, string by, CancellationToken cancellation);

    /// <summary>A renderer takes it up. Null when there is nothing to render any more.</summary>
    [Alias("Begin")] Task<ReplayOrder?> Begin(ReplayId replay, DeviceId device, CancellationToken cancellation);

    /// <summary>A renderer has finished. False when that attempt no longer counts.</summary>
    [Alias("Finish")] Task<bool> Finish(ReplayId replay, int attempt, ReplayResult result, CancellationToken cancellation);
}

/// <param name="By">The API key that asks.</param>
[GenerateSerializer, Immutable, Alias("vitrine.RequestReplay")]
public sealed record RequestReplay([property: Id(0)] ReplayId Replay, [property: Id(1)] AssetId Asset, [property: Id(2)] string By);

/// <param name="Known">Whether it was asked for before: this is the answer of then, or what became of it.</param>
[GenerateSerializer, Immutable, Alias("vitrine.ReplayOutcome")]
public sealed record ReplayOutcome([property: Id(0)] ReplayView? Replay, [property: Id(1)] Refusal? Refusal, [property: Id(2)] bool Known);

/// <summary>What a renderer shall make again. The prompt is in <paramref name="Job"/>, as it is on record now.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.ReplayOrder")]
public sealed record ReplayOrder([property: Id(0)] int Attempt, [property: Id(1)] JobView Job, [property: Id(2)] AssetView Asset);

/// <summary>Either what was found or a failure. <see cref="MayRetry"/> lets it be tried again while attempts are left.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.ReplayResult")]
public sealed record ReplayResult([property: Id(0)] ReplayFinding? Finding, [property: Id(1)] Failure? Failure, [property: Id(2)] bool MayRetry);
