using Marten;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Tenants;

namespace Vitrine.Grains.Subjects;

/// <summary>Owns what is recorded of an end user or an API key as the one who speaks: that they are erased. Nobody else has a record, and so no activation that stays.</summary>
[GrainType("vitrine.subject")]
public sealed class SubjectGrain(IDocumentStore store, EventJournal journal, Erasures erasures, TimeProvider time) : Grain, ISubjectGrain, ITenantScoped
{
    private SubjectView? _view;
    private bool _loaded;

    private SubjectKey Key => SubjectKey.Parse(this.GetPrimaryKeyString());

    public async Task<bool> IsClosed(CancellationToken cancellation) => await Loaded(cancellation) is not null;

    public async Task<ErasureView?> BeginErasure(string by, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is null)
        {
            if (!await IsKnown(cancellation)) return null;
            await Record(new SubjectErasureBegun(by, time.GetUtcNow().ToMicroseconds()), cancellation);
        }
        // After the record: whoever is fenced from now on finds it, and every job that was accepted is in the store when this returns.
        if (_view!.Erased is null) await erasures.Fence(Key, cancellation);
        return await erasures.Told(Key, _view.ErasingSince, _view.Erased, cancellation);
    }

    public async Task<ErasureView> EndErasure(string by, ErasureCounts counts, CancellationToken cancellation)
    {
        var view = await Loaded(cancellation) ?? throw new InvalidOperationException($"{Key} is erased and that was never begun.");
        if (view.Erased is null) await Record(new SubjectErased(by, counts.Jobs, counts.JobsCanceled, counts.Assets, counts.Inputs, time.GetUtcNow().ToMicroseconds()), cancellation);
        return await erasures.Told(Key, _view!.ErasingSince, _view.Erased, cancellation);
    }

    /// <summary>An end user is known by their jobs; an API key speaks for itself where it is bound to no user.</summary>
    private async Task<bool> IsKnown(CancellationToken cancellation)
    {
        await using var session = store.QuerySession(Key.Tenant.Value);
        return Key.Subject.Key is { } key
            ? await session.LoadAsync<ApiKey>(ApiKey.StreamOf(key), cancellation) is { View.User: null }
            : await session.Query<JobView>().AnyAsync(job => job.Asker == Key.Subject.Value, cancellation);
    }

    private async Task Record(object happened, CancellationToken cancellation)
    {
        var stream = Key.Subject.Stream;
        try
        {
            await journal.Append(Commit.Of(Key.Tenant, _view is null ? StreamAppend.Start(stream, happened) : StreamAppend.Continue(stream, _view.Revision, _view, happened)), cancellation);
        }
        catch (Exception)
        {
            // Another activation wrote, or nobody knows who did: what this one believes is worth nothing now.
            _loaded = false;
            DeactivateOnIdle();
            throw;
        }
        _view = SubjectView.Apply(_view, stream, happened);
    }

    private async Task<SubjectView?> Loaded(CancellationToken cancellation)
    {
        if (!_loaded)
        {
            await using var session = store.QuerySession(Key.Tenant.Value);
            (_view, _loaded) = (await session.LoadAsync<SubjectView>(Key.Subject.Stream, cancellation), true);
        }
        if (_view is null) DeactivateOnIdle();
        return _view;
    }
}
