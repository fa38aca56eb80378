using Marten;
using Microsoft.Extensions.Logging;
using Vitrine.Grains.Events;
using Vitrine.Grains.Inputs;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Grains.Subjects;
using Vitrine.Media;

namespace Vitrine.Grains.Users;

/// <summary>
/// Owns the erasing of one person: the order of its steps. Each step can be done again and changes nothing the second time, and the first one is recorded, so an erasing that a crash
/// interrupts is taken up by <c>ErasureSweep</c>. A grain apart from the user's, because the jobs that it ends ask the user's account themselves.
/// </summary>
[GrainType("vitrine.erasure")]
public sealed partial class ErasureGrain(SubjectKeys keys, Erasures erasures, IDocumentStore store, IBlobStore blobs, Checkpoints checkpoints, TimeProvider time, ILogger<ErasureGrain> log)
    : Grain, IErasureGrain, Tenants.ITenantScoped
{
    /// <summary>How long one call works before it answers that the rest will follow.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Jobs looked at together; of each the pictures are erased at once.</summary>
    private const int Page = 50;

    private UserKey _user;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _user = UserKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public async Task<ErasureView?> Erase(string by, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        // 1. Nobody adds anything any more.
        if (await GrainFactory.User(_user).BeginErasure(by, cancellation) is not { } begun) return null;
        // 2. What is open ends, so that no device renders a text that nobody may read.
        if (!await CancelOpen(by, started, cancellation)) return begun;
        // 3. From here on the texts are noise, here and in every copy that was ever made of the database. Also when it was done before: somebody may have restored old keys.
        if (await keys.Destroy(_user.Tenant, _user.User, cancellation) || begun.ErasedAt is null) await keys.Vacuum(cancellation);
        if (begun.ErasedAt is not null) return begun;
        await erasures.OverwritePlain(_user.Tenant, _user.User, cancellation);
        // 4. The pictures.
        if (!await EraseAssets(started, cancellation)) return begun;
        if (!await EraseInputs(started, cancellation)) return begun;
        // 5. The record of it all.
        var counts = await erasures.Count(_user.Tenant, _user.User, begun.BegunAt, cancellation);
        await GrainFactory.User(_user).EndErasure(by, counts, cancellation);
        LogErased(_user.Tenant.Value, counts.Jobs, counts.Assets);
        return await InLedger(by, counts, cancellation);
    }

    /// <summary>False when there was no time for all of them.</summary>
    private async Task<bool> CancelOpen(string by, long started, CancellationToken cancellation)
    {
        while (true)
        {
            IReadOnlyList<string> open;
            await using (var session = store.QuerySession(_user.Tenant.Value))
                open = await session.Query<JobView>().Where(job => job.Asker == _user.User.Value && job.Period != null && (job.State == JobState.Queued || job.State == JobState.Running))
                    .OrderBy(job => job.Id).Take(Page).Select(job => job.Id).ToListAsync(cancellation);
            if (open.Count == 0) break;
            if (time.GetElapsedTime(started) > Patience) return false;
            await Task.WhenAll(open.Select(job => GrainFactory.Job(new(_user.Tenant, new(job))).Cancel(by, cancellation)));
        }
        await CancelReplays(by, cancellation);
        return true;
    }

    /// <summary>Replays of the user's pictures that are under way; a tenant has few at once.</summary>
    private async Task CancelReplays(string by, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(_user.Tenant.Value);
        var open = await session.Query<ReplayView>().Where(replay => replay.State == ReplayState.Queued || replay.State == ReplayState.Running).ToListAsync(cancellation);
        var theirs = (await session.LoadManyAsync<JobView>(cancellation, open.Select(replay => replay.Job).Distinct())).Where(job => job.User == _user.User.Value).Select(job => job.Id).ToHashSet();
        await Task.WhenAll(open.Where(replay => theirs.Contains(replay.Job)).Select(replay => GrainFactory.Replays(_user.Tenant).Cancel(new(replay.Id), by, cancellation)));
    }

    private async Task<bool> EraseAssets(long started, CancellationToken cancellation)
    {
        for (var after = ""; ;)
        {
            if (time.GetElapsedTime(started) > Patience) return false;
            IReadOnlyList<JobView> jobs;
            await using (var session = store.QuerySession(_user.Tenant.Value))
                jobs = await session.Query<JobView>().Where(job => job.Asker == _user.User.Value && string.Compare(job.Id, after) > 0).OrderBy(job => job.Id).Take(Page).ToListAsync(cancellation);
            if (jobs.Count == 0) return true;
            await Task.WhenAll(jobs.SelectMany(job => job.Assets).Select(asset => GrainFactory.Asset(new(_user.Tenant, new(asset.Id))).Erase(cancellation)));
            var recent = time.GetUtcNow() - PreviewStream.Lifetime;
            foreach (var job in jobs.Where(job => job.Attempt > 0 && job.FinishedAt > recent))
            {
                await PreviewStream.Remove(blobs, new(_user.Tenant, new(job.Id)), job);
                await checkpoints.Remove(new(_user.Tenant, new(job.Id)), job);
            }
            after = jobs[^1].Id;
        }
    }

    /// <summary>The pictures that they brought. What others made from these stands: it is the others' work, and says so in its credentials.</summary>
    private async Task<bool> EraseInputs(long started, CancellationToken cancellation)
    {
        while (true)
        {
            if (time.GetElapsedTime(started) > Patience) return false;
            IReadOnlyList<string> there;
            await using (var session = store.QuerySession(_user.Tenant.Value))
                there = await session.Query<InputView>().Where(input => input.User == _user.User.Value && input.DeletedAt == null).OrderBy(input => input.Id).Take(Page).Select(input => input.Id).ToListAsync(cancellation);
            if (there.Count == 0) return true;
            await Task.WhenAll(there.Select(input => GrainFactory.Input(new(_user.Tenant, new(input))).Delete(InputGrain.ByErasure, cancellation)));
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
            LogLedgerLater(_user.Tenant.Value, e);
        }
        return await GrainFactory.User(_user).EndErasure(by, counts, cancellation);
    }
}
