using Marten;
using Microsoft.Extensions.Logging;
using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Replays;
using Vitrine.Inference;

namespace Vitrine.Grains.Rendering;

/// <summary>Owns who is next on one pool of devices. All of it can be lost: the open jobs are in the store and are read again.</summary>
[GrainType("vitrine.render-queue")]
public sealed partial class RenderQueueGrain(
    ModelCatalogue catalogue, IDocumentStore store, NpgsqlDataSource database, TimeProvider time, ILogger<RenderQueueGrain> log) : Grain, IRenderQueueGrain
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>How often the open jobs are read again, for those whose message to this queue was lost.</summary>
    private static readonly TimeSpan ReconcileEvery = TimeSpan.FromSeconds(10);

    /// <summary>How old an announced place may be.</summary>
    private static readonly TimeSpan PlacesFor = TimeSpan.FromMilliseconds(250);

    private readonly RenderQueue _queue = new(catalogue);
    private DateTimeOffset _reconciledAt;
    private Dictionary<JobKey, QueuePlace> _places = [];
    private DateTimeOffset _placesAt;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(_ => OnTick(), new GrainTimerCreationOptions { DueTime = Tick, Period = Tick, KeepAlive = true });
        return Task.CompletedTask;
    }

    public async Task<QueuePlace?> Enqueue(QueuedJob job)
    {
        await Reconciled();
        _queue.Enqueue(job);
        if (_queue.WaitBound(job.Job) is { } bound) RenderTelemetry.WaitBound(bound);
        Wake();
        return await Place(job.Job);
    }

    public Task Relimit(TenantId tenant, string account, Limits limits)
    {
        _queue.Relimit(tenant, account, limits);
        Wake();
        return Task.CompletedTask;
    }

    public Task Remove(JobKey job) => Over(job, rendered: false);
    public Task Done(JobKey job) => Over(job, rendered: true);

    private Task Over(JobKey job, bool rendered)
    {
        if (_queue.Remove(job, rendered, time.GetUtcNow()) is { } device) GrainFactory.Renderer(device).Stop(job).Ignore();
        RenderTelemetry.Queue(_queue.WaitingCount, _queue.LeasedCount);
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<QueuedJob>> Take(RendererOffer offer)
    {
        await Reconciled();
        var taken = _queue.Take(offer, time.GetUtcNow());
        RenderTelemetry.Queue(_queue.WaitingCount, _queue.LeasedCount);
        return taken;
    }

    public Task<QueuePlace?> Place(JobKey job)
    {
        // Many ask, and working the order out costs a pass over everything that waits: one pass serves all who ask within the moment.
        var now = time.GetUtcNow();
        if (!_queue.Waits(job)) return Task.FromResult<QueuePlace?>(null);
        if (now - _placesAt >= PlacesFor || _places.Count == 0) (_places, _placesAt) = (_queue.Places(now), now);
        return Task.FromResult(_places.GetValueOrDefault(job) ?? _queue.Last(job));
    }

    public async Task Reconcile()
    {
        var now = time.GetUtcNow();
        var open = new List<JobKey>();
        await using (var command = database.CreateCommand("""
            select tenant_id, id from (
                select tenant_id, id, submitted_at as at from vitrine.mt_doc_jobview where state in (0, 1) and period is not null
                union all select tenant_id, id, requested_at from vitrine.mt_doc_replayview where state in (0, 1)) as open order by at
            """))
        await using (var rows = await command.ExecuteReaderAsync())
            while (await rows.ReadAsync()) open.Add(new JobKey(new TenantId(rows.GetString(0)), new JobId(rows.GetString(1))));
        var unknown = open.Where(job => !_queue.Knows(job)).ToList();
        foreach (var tenant in unknown.GroupBy(job => job.Tenant)) await Restore(tenant.Key, [.. tenant.Select(job => job.Job.Value)], now);
        _reconciledAt = now;
        if (unknown.Count == 0) return;
        LogRestored(unknown.Count);
        Wake();
    }

    private async Task Restore(TenantId tenant, IReadOnlyList<string> ids, DateTimeOffset now)
    {
        await using var session = store.QuerySession(tenant.Value);
        var replays = (await session.LoadManyAsync<ReplayView>(ids.Where(id => ReplayId.TryParse(id, out _)))).Where(replay => replay.IsOpen).ToList();
        // A replay waits in the name of those who asked for the picture.
        var jobs = (await session.LoadManyAsync<JobView>(ids.Concat(replays.Select(replay => replay.Job)).Where(id => JobId.TryParse(id, out _)).Distinct())).ToDictionary(job => job.Id);
        var accounts = jobs.Values.SelectMany(job => new[] { AccountName.Of(new ProjectId(job.Project)), job.User is { } user ? AccountName.Of(new UserId(user)) : null }).OfType<string>()
            .Append(AccountName.Tenant).Distinct();
        var members = (await session.LoadManyAsync<Member>(accounts)).ToDictionary(member => member.Id, member => member.Limits);
        OwnerLimits LimitsOf(JobView job) => new(members.GetValueOrDefault(AccountName.Tenant, Limits.None), members.GetValueOrDefault(AccountName.Of(new ProjectId(job.Project)), Limits.None),
            job.User is { } user ? members.GetValueOrDefault(AccountName.Of(new UserId(user)), Limits.None) : Limits.None);

        foreach (var job in ids.Select(id => jobs.GetValueOrDefault(id)).OfType<JobView>().Where(job => job.IsOpen).OrderBy(job => job.SubmittedAt))
        {
            var limits = LimitsOf(job);
            _queue.Restore(QueuedJobs.Of(new JobKey(tenant, new JobId(job.Id)), job, limits.Tenant, limits.Project, limits.User), now);
        }
        foreach (var replay in replays.OrderBy(replay => replay.RequestedAt))
        {
            if (!jobs.TryGetValue(replay.Job, out var job)) continue;
            var limits = LimitsOf(job);
            _queue.Restore(QueuedReplays.Of(tenant, replay, job, limits.Tenant, limits.Project, limits.User), now);
        }
    }

    public Task<QueueStatus> Status() => Task.FromResult(new QueueStatus(
        _queue.WaitingCount, _queue.LeasedCount, [.. _queue.Live.Select(device => device.ToString())], _queue.Backlog, _queue.EtaError?.Low, _queue.EtaError?.Median, _queue.EtaError?.High));

    private async ValueTask Reconciled()
    {
        if (_reconciledAt == default) await Reconcile();
    }

    private async Task OnTick()
    {
        if (_queue.Expire(time.GetUtcNow()))
        {
            LogExpired();
            Wake();
        }
        if (time.GetUtcNow() - _reconciledAt < ReconcileEvery) return;
        try
        {
            await Reconcile();
        }
        catch (Exception e) when (Events.StoreFailure.IsUnavailable(e))
        {
            LogCannotReconcile(e);
        }
    }

    private void Wake()
    {
        RenderTelemetry.Queue(_queue.WaitingCount, _queue.LeasedCount);
        foreach (var device in _queue.Live) GrainFactory.Renderer(device).Wake().Ignore();
    }
}
