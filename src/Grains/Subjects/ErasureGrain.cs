using Marten;
using Microsoft.Extensions.Logging;
using Vitrine.Grains.Events;
using Vitrine.Grains.Inputs;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Media;

namespace Vitrine.Grains.Subjects;

/// <summary>
/// Owns the erasing of one person: the order of its steps. Each step can be done again and changes nothing the second time, and the first one is recorded, so an erasing that a crash
/// interrupts is taken up by <c>ErasureSweep</c>. A grain apart from the subject's own, because the jobs that it ends ask the user's account themselves.
/// </summary>
[GrainType("vitrine.erasure")]
public sealed partial class ErasureGrain(SubjectKeys keys, Erasures erasures, IDocumentStore store, IBlobStore blobs, Checkpoints checkpoints, TimeProvider time, ILogger<ErasureGrain> log)
    : Grain, IErasureGrain, Tenants.ITenantScoped
{
    /// <summary>How long one call works before it answers that the rest will follow.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Jobs looked at together; of each the pictures are erased at once.</summary>
    private const int Page = 50;

    private SubjectKey _key;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = SubjectKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    private TenantId Tenant => _key.Tenant;

    /// <summary>As the rows of jobs name the subject.</summary>
    private string Asker => _key.Subject.Value;

    public async Task<ErasureView?> Erase(string by, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        // 1. Nobody adds anything any more.
        if (await Begin(by, cancellation) is not { } begun) return null;
        // 2. What is open ends, so that no device renders a text that nobody may read.
        if (!await CancelOpen(by, started, cancellation)) return begun;
        // 3. From here on the texts are noise, here and in every copy that was ever made of the database. Also when it was done before: somebody may have restored old keys.
        if (await keys.Destroy(Tenant, _key.Subject, cancellation) || begun.ErasedAt is null) await keys.Vacuum(cancellation);
        if (begun.ErasedAt is not null) return begun;
        if (_key.Subject.User is { } user) await erasures.OverwritePlain(Tenant, user, cancellation);
        // 4. The pictures.
        if (!await EraseAssets(started, cancellation)) return begun;
        if (!await EraseInputs(started, cancellation)) return begun;
        // 5. The record of it all.
        var counts = await erasures.Count(_key, begun.BegunAt, cancellation);
        await End(by, counts, cancellation);
        LogErased(Tenant.Value, counts.Jobs, counts.Assets);
        return await InLedger(by, counts, cancellation);
    }

    private Task<ErasureView?> Begin(string by, CancellationToken cancellation) => _key.Subject.User is { } user
        ? GrainFactory.User(new(Tenant, user)).BeginErasure(by, cancellation) : GrainFactory.Subject(_key).BeginErasure(by, cancellation);

    private Task<ErasureView> End(string by, ErasureCounts counts, CancellationToken cancellation) => _key.Subject.User is { } user
        ? GrainFactory.User(new(Tenant, user)).EndErasure(by, counts, cancellation) : GrainFactory.Subject(_key).EndErasure(by, counts, cancellation);

    /// <summary>False when there was no time for all of them.</summary>
    private async Task<bool> CancelOpen(string by, long started, CancellationToken cancellation)
    {
        while (true)
        {
            IReadOnlyList<string> open;
            await using (var session = store.QuerySession(Tenant.Value))
                open = await session.Query<JobView>().Where(job => job.Asker == Asker && job.Period != null && (job.State == JobState.Queued || job.State == JobState.Running))
                    .OrderBy(job => job.Id).Take(Page).Select(job => job.Id).ToListAsync(cancellation);
            if (open.Count == 0) break;
            if (time.GetElapsedTime(started) > Patience) return false;
            await Task.WhenAll(open.Select(job => GrainFactory.Job(new(Tenant, new(job))).Cancel(by, cancellation)));
        }
        await CancelReplays(by, cancellation);
        return true;
    }

    /// <summary>Replays of the subject's pictures that are under way; a tenant has few at once.</summary>
    private async Task CancelReplays(string by, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(Tenant.Value);
        var open = await session.Query<ReplayView>().Where(replay => replay.State == ReplayState.Queued || replay.State == ReplayState.Running).ToListAsync(cancellation);
        var theirs = (await session.LoadManyAsync<JobView>(cancellation, open.Select(replay => replay.Job).Distinct())).Where(job => job.Asker == Asker).Select(job => job.Id).ToHashSet();
        await Task.WhenAll(open.Where(replay => theirs.Contains(replay.Job)).Select(replay => GrainFactory.Replays(Tenant).Cancel(new(replay.Id), by, cancellation)));
    }

    private async Task<bool> EraseAssets(long started, CancellationToken cancellation)
    {
        for (var after = ""; ;)
        {
            if (time.GetElapsedTime(started) > Patience) return false;
            IReadOnlyList<JobView> jobs;
            await using (var session = store.QuerySession(Tenant.Value))
                jobs = await session.Query<JobView>().Where(job => job.Asker == Asker && string.Compare(job.Id, after) > 0).OrderBy(job => job.Id).Take(Page).ToListAsync(cancellation);
            if (jobs.Count == 0) return true;
            await Task.WhenAll(jobs.SelectMany(job => job.Assets).Select(asset => GrainFactory.Asset(new(Tenant, new(asset.Id))).Erase(cancellation)));
            var recent = time.GetUtcNow() - PreviewStream.Lifetime;
            foreach (var job in jobs.Where(job => job.Attempt > 0 && job.FinishedAt > recent))
            {
                await PreviewStream.Remove(blobs, new(Tenant, new(job.Id)), job);
                await checkpoints.Remove(new(Tenant, new(job.Id)), job);
            }
            after = jobs[^1].Id;
        }
    }

    private IQueryable<InputView> Theirs(IQuerySession session) => _key.Subject.Key is { } key
        ? session.Query<InputView>().Where(input => input.User == null && input.Key == key.Value)
        : session.Query<InputView>().Where(input => input.User == Asker);

    /// <summary>The pictures that they brought. What others made from these stands: it is the others' work, and says so in its credentials.</summary>
    private async Task<bool> EraseInputs(long started, CancellationToken cancellation)
    {
        while (true)
        {
            if (time.GetElapsedTime(started) > Patience) return false;
            IReadOnlyList<string> there;
            await using (var session = store.QuerySession(Tenant.Value))
                there = await Theirs(session).Where(input => input.DeletedAt == null).OrderBy(input => input.Id).Take(Page).Select(input => input.Id).ToListAsync(cancellation);
            if (there.Count == 0) return true;
            await Task.WhenAll(there.Select(input => GrainFactory.Input(new(Tenant, new(input))).Delete(InputGrain.ByErasure, cancellation)));
        }
    }

    /// <summary>The record with its place in the log, which is written at once so that the answer can name it.</summary>
    private async Task<ErasureView> InLedger(string by, ErasureCounts counts, CancellationToken cancellation)
    {
        try
        {
            await GrainFactory.Ledgers().Advance(cancellation);
        }
        catch (Exception e) when (StoreFailure.IsUnavailable(e) || e is OrleansException or TimeoutException)
        {
            // It is recorded; the log follows by itself.
            LogLedgerLater(Tenant.Value, e);
        }
        return await End(by, counts, cancellation);
    }
}
