using Marten;
using Microsoft.Extensions.Logging;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Subjects;
using Vitrine.Inference;

namespace Vitrine.Grains.Replays;

/// <summary>
/// Owns the replays of one tenant: how many there may be, which are open, and how each ended. One grain for all of a tenant, so that their bound holds; it keeps nothing between calls, and the
/// version of each replay's stream fences a second activation.
/// </summary>
[GrainType("vitrine.replays"), CollectionAgeLimit(Minutes = 2)]
public sealed partial class ReplaysGrain(EventJournal journal, IDocumentStore store, PersonalText texts, ModelCatalogue catalogue, TimeProvider time, ILogger<ReplaysGrain> log) : Grain, IReplaysGrain, Tenants.ITenantScoped
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24), QueuePatience = TimeSpan.FromSeconds(5);
    private TenantId _tenant;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _tenant = TenantId.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public async Task<ReplayOutcome?> Request(RequestReplay command, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(_tenant.Value);
        if (await session.LoadAsync<ReplayView>(command.Replay.Value, cancellation) is { } known)
            return known.Asset == command.Asset.Value ? new(known, null, true)
                : new(null, new Refusal(Refused.IdempotencyMismatch, "This idempotency key was used for the replay of another asset; use a new key for a new request.", "Idempotency-Key"), false);
        if (await session.LoadAsync<AssetView>(command.Asset.Value, cancellation) is not { } asset) return null;
        var since = time.GetUtcNow() - Day;
        var open = await session.Query<ReplayView>().CountAsync(replay => replay.State == ReplayState.Queued || replay.State == ReplayState.Running, cancellation);
        if (ReplayDecisions.Room(open, await session.Query<ReplayView>().CountAsync(replay => replay.RequestedAt > since, cancellation)) is { } refusal) return new(null, refusal, false);

        var job = await Job(session, asset.Job, cancellation);
        var now = time.GetUtcNow().ToMicroseconds();
        var impossible = ReplayDecisions.Impossible(asset, job, IsOffered(job?.Model));
        var events = new List<object> { new ReplayRequested(asset.Id, asset.Job, job?.Model ?? "", command.By, now) };
        if (impossible is not null) events.Add(new AssetReplayed(asset.Id, impossible, now));
        await journal.Append(Commit.Of(_tenant, StreamAppend.Start(command.Replay.Value, events)), CancellationToken.None);
        var replay = Replay.Fold(null, command.Replay.Value, events)!;
        if (replay.IsOpen) await Enqueue(replay, job!, cancellation);
        return new(replay, null, false);
    }

    public async Task<ReplayView?> Get(ReplayId replay, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(_tenant.Value);
        // A model that left the catalogue while the replay waited for it never comes to a device, so this is where it is noticed.
        if (await session.LoadAsync<ReplayView>(replay.Value, cancellation) is not { } found) return null;
        if (found.State != ReplayState.Queued || IsOffered(found.Model)) return found;
        var (asset, job) = await Record(session, found, cancellation);
        return await Settle(found, asset, job) ?? found;
    }

    public async Task<QueuePlace?> Place(ReplayId replay) => await GrainFactory.RenderQueue(PoolId.Main).Place(replay.InQueueOf(_tenant));

    public async Task<Outcome<ReplayView>?> Cancel(ReplayId replay, string by, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(_tenant.Value);
        if (await session.LoadAsync<ReplayView>(replay.Value, cancellation) is not { } found) return null;
        if (!found.IsOpen) return new Refusal(Refused.AlreadyFinished, $"The replay is over ({found.State.ToString().ToLowerInvariant()}); there is nothing left to cancel.");
        return await End(found, new ReplayCanceled(by, time.GetUtcNow()), rendered: false);
    }

    public async Task<ReplayOrder?> Begin(ReplayId replay, DeviceId device, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(_tenant.Value);
        if (await session.LoadAsync<ReplayView>(replay.Value, cancellation) is not { IsOpen: true } found) return null;
        // Read once: what is decided about is what the device gets, also when its person is erased between the two.
        var (asset, job) = await Record(session, found, cancellation);
        if (await Settle(found, asset, job) is not null) return null;
        if (found.Attempt >= ReplayDecisions.MaxAttempts)
        {
            var failure = new Failure("poisoned", $"It was begun {ReplayDecisions.MaxAttempts} times and never ended.");
            await End(found, new AssetReplayed(found.Asset, ReplayDecisions.Failed(asset, failure), time.GetUtcNow()), rendered: false);
            return null;
        }
        var begun = await Append(found, new ReplayStarted(found.Attempt + 1, device.ToString(), time.GetUtcNow()));
        return new ReplayOrder(begun.Attempt, job!, asset);
    }

    public async Task<bool> Finish(ReplayId replay, int attempt, ReplayResult result, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(_tenant.Value);
        if (await session.LoadAsync<ReplayView>(replay.Value, cancellation) is not { State: ReplayState.Running } found || found.Attempt != attempt) return false;
        var asset = (await session.LoadAsync<AssetView>(found.Asset, cancellation))!;
        var happened = ReplayDecisions.Finish(found, asset, result, time.GetUtcNow());
        if (happened is AssetReplayed) await End(found, happened, rendered: result.Finding is not null);
        else await Enqueue(await Append(found, happened), (await Job(session, found.Job, cancellation))!, cancellation);
        return true;
    }

    /// <summary>Ends a replay that has become impossible since it was asked for; null when it is still possible.</summary>
    private async Task<ReplayView?> Settle(ReplayView replay, AssetView asset, JobView? job) => ReplayDecisions.Impossible(asset, job, IsOffered(replay.Model)) is { } impossible
        ? await End(replay, new AssetReplayed(replay.Asset, impossible, time.GetUtcNow()), rendered: false) : null;

    private async Task<(AssetView Asset, JobView? Job)> Record(IQuerySession session, ReplayView replay, CancellationToken cancellation) =>
        ((await session.LoadAsync<AssetView>(replay.Asset, cancellation))!, await Job(session, replay.Job, cancellation));

    private async Task<ReplayView> End(ReplayView replay, object happened, bool rendered)
    {
        var ended = await Append(replay, happened);
        LogEnded(ended.Id, ended.State, ended.Verdict?.Answer);
        // Awaited: when the caller of a cancellation hears back, the device has been told.
        var (queue, place) = (GrainFactory.RenderQueue(PoolId.Main), new ReplayId(replay.Id).InQueueOf(_tenant));
        await (rendered ? queue.Done(place) : queue.Remove(place)).WaitAsync(QueuePatience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return ended;
    }

    private async Task<ReplayView> Append(ReplayView replay, object happened)
    {
        await journal.Append(Commit.Of(_tenant, StreamAppend.Continue(replay.Id, replay.Revision, replay, happened)), CancellationToken.None);
        return Replay.Apply(replay, replay.Id, happened)!;
    }

    /// <summary>Tells the queue. Should the message be lost, the queue finds the replay in the store.</summary>
    private async Task Enqueue(ReplayView replay, JobView job, CancellationToken cancellation)
    {
        try
        {
            var limits = await OwnerLimits.Of(GrainFactory, _tenant, new(job.Project), job.User is { } user ? new UserId(user) : null, cancellation);
            await GrainFactory.RenderQueue(PoolId.Main).Enqueue(QueuedReplays.Of(_tenant, replay, job, limits.Tenant, limits.Project, limits.User, System.Diagnostics.Activity.Current?.Id))
                .WaitAsync(QueuePatience, time, cancellation);
        }
        catch (Exception lost) when (lost is TimeoutException or OrleansException or LedgerUnavailableException)
        {
            LogMessageLost(replay.Id, lost);
        }
    }

    /// <summary>The job with what its person said, as long as that person was not erased.</summary>
    private async Task<JobView?> Job(IQuerySession session, string job, CancellationToken cancellation) =>
        await session.LoadAsync<JobView>(job, cancellation) is { } sealedJob ? await texts.Open(_tenant, sealedJob, cancellation) : null;

    private bool IsOffered(string? model) => model is not null && catalogue.TryGet(model, out var card) && card.Kind == ModelKind.TextToImage;

    [LoggerMessage(LogLevel.Information, "Replay {Replay} ended {State}: {Answer}")]
    private partial void LogEnded(string replay, ReplayState state, ReplayAnswer? answer);

    [LoggerMessage(LogLevel.Warning, "A message about replay {Replay} was lost; the queue will find it in the store")]
    private partial void LogMessageLost(string replay, Exception cause);
}
