using System.Runtime.CompilerServices;
using Marten;
using Microsoft.Extensions.Logging;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Policies;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Subjects;
using Vitrine.Inference;
using Vitrine.Media;
using RenderProgress = Vitrine.Grains.Interfaces.RenderProgress;

namespace Vitrine.Grains.Jobs;

/// <summary>Owns one request from acceptance to exactly one terminal event. Its state is its stream; the stream's version fences a second activation.</summary>
[GrainType("vitrine.job"), CollectionAgeLimit(Minutes = 2)]
public sealed partial class JobGrain(
    EventJournal journal, IDocumentStore store, SubjectIds subjects, SubjectKeys keys, PersonalText texts, ModelCatalogue catalogue, PoliciesInForce policies, TimeProvider time, ILogger<JobGrain> log)
    : Grain, IJobGrain, Tenants.ITenantScoped
{
    /// <summary>How often a watcher of a waiting job is told its place again.</summary>
    private static readonly TimeSpan PlaceEvery = TimeSpan.FromSeconds(2);

    /// <summary>A caller would rather have the answer than wait longer for a place in it.</summary>
    private static readonly TimeSpan PlacePatience = TimeSpan.FromMilliseconds(250);

    /// <summary>Accounts can be activated anew between hold and commit; more often than this in a row is not chance.</summary>
    private const int MaxFenced = 5;

    /// <summary>In the place of an API key where no caller called the job off.</summary>
    private const string ByErasure = "erasure";

    private readonly JobWatch _watch = new();
    private JobKey _key;

    /// <summary>As it is stored, with its texts closed: they are opened when they are told, so that a person who is erased is erased here too.</summary>
    private JobView? _job;
    private bool _loaded;
    private string? _trace;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = JobKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public async Task<SubmitOutcome> Submit(SubmitJob command, CancellationToken cancellation)
    {
        var outcome = await Decide(command, cancellation);
        if (outcome.Refusal is { } no) JobTelemetry.Refused(no.Reason);
        return outcome.Replayed ? outcome with { Rate = await new JobHolds(GrainFactory, _key.Tenant, command.Project, command.User).Rate(cancellation) } : outcome;
    }

    private async Task<SubmitOutcome> Decide(SubmitJob command, CancellationToken cancellation)
    {
        if (!command.FreshId) await Load(cancellation);
        _trace ??= System.Diagnostics.Activity.Current?.Id;
        if (_job is not null) return JobDecisions.Replay(await Opened(cancellation), command);
        if (command.Overloaded is { } later) return new(null, Refusal.Overloaded(later), false, null);

        var now = time.GetUtcNow().ToMicroseconds();
        var (accepted, refusal) = JobDecisions.Resolve(command, catalogue, now, makesClips: command.Clip is null || Mp4Encoder.IsInstalled);
        if (accepted is null) return new(null, refusal, false, null);
        if (command.Start is { } asked)
        {
            (var start, refusal) = await JobStarts.Resolve(GrainFactory, _key.Tenant, asked, catalogue.Models.Single(model => model.Name == accepted.Model), now, cancellation);
            if (start is null) return new(null, refusal, false, null);
            accepted = accepted with { Start = start };
            // What the record says of a rendition's model is what made its parent.
            if (start.IsRendition && AssetId.TryParse(start.Picture, out var parent) && await GrainFactory.Asset(new(_key.Tenant, parent)).Get(cancellation) is { } made && await GrainFactory.Job(new(_key.Tenant, new(made.Job))).Get() is { Model: { } name } origin)
            {
                if (!catalogue.TryGet(name, out _)) return new(null, new Refusal(Refused.InvalidValue, $"The model that made this picture, '{name}', is no longer offered, and its work is kept as it is.", "image"), false, null);
                accepted = accepted with { Model = name, ModelVersion = origin.ModelVersion!, ModelDigest = origin.ModelDigest!, PriceFactor = 1 };
            }
        }
        var asker = await subjects.Of(_key.Tenant, command.User, command.EndUser, command.Principal.Key, cancellation);
        if (await keys.ForSealing(_key.Tenant, asker.Value, cancellation) is not { } subject) return new(null, Refusal.Erased(asker), false, null);

        var inForce = policies.Current;
        var decision = inForce.Prompts.Screen(new(JobDecisions.Depicted(command), command.NegativePrompt ?? "", Others(command)));
        if (JobDecisions.Blocked(command, decision, inForce.Digest, now) is { } blocked)
        {
            await Append(Sealed(subject, blocked.Events), [], cancellation);
            return new(null, blocked.Refusal, false, null);
        }
        return await Accept(command, asker, subject, accepted, decision, inForce.Digest, cancellation);
    }

    public async Task<JobView?> Get()
    {
        await Load(CancellationToken.None);
        return _job is null ? null : await Opened(CancellationToken.None);
    }

    public async Task<QueuePlace?> Place()
    {
        await Load(CancellationToken.None);
        return _job is { State: JobState.Queued, WasAccepted: true } ? await GrainFactory.RenderQueue(PoolId.Main).Place(_key) : null;
    }

    public async IAsyncEnumerable<JobUpdate> Watch(long after, bool endOnly, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Load(cancellation);
        if (_job is null) yield break;
        var seen = after;
        foreach (var update in JobWatch.Durable(_job).Where(update => !endOnly && update.Sequence > after && update.Kind is JobUpdateKind.Queued or JobUpdateKind.Started).ToList())
        {
            seen = Math.Max(seen, update.Sequence);
            yield return await Told(update.Kind == JobUpdateKind.Queued ? update with { Place = await Place() } : update, cancellation);
        }
        QueuePlace? told = null;
        while (!cancellation.IsCancellationRequested)
        {
            var changed = _watch.Changed;
            foreach (var update in _watch.After(seen).Where(update => !endOnly && !update.IsTerminal && update.Kind != JobUpdateKind.Output).ToList())
            {
                seen = update.Sequence;
                yield return await Told(update, cancellation);
            }
            if (!_job.IsOpen)
            {
                foreach (var update in JobWatch.Ending(_job).Where(update => update.Sequence > after).ToList()) yield return await Told(update, cancellation);
                yield break;
            }
            if (endOnly || _job.State != JobState.Queued) await changed.WaitAsync(cancellation);
            else if (await Task.WhenAny(changed, Task.Delay(PlaceEvery, time, cancellation)) != changed && await Place() is { } place && place != told)
                yield return await Told(new JobUpdate(seen = _watch.NextPassing(_job), JobUpdateKind.Queued, _job, told = place), cancellation);
        }
    }

    public async Task<Outcome<JobView>?> Cancel(string by, CancellationToken cancellation)
    {
        await Load(cancellation);
        if (_job is null) return null;
        if (!_job.IsOpen) return new Refusal(Refused.AlreadyFinished, $"The job is over ({_job.State.ToString().ToLowerInvariant()}); there is nothing left to cancel.");
        await Append([new JobCanceled(by, _job.ReservedMicro, time.GetUtcNow())], [], cancellation);
        await Ended();
        return await Opened(cancellation);
    }

    public async Task<RenderOrder?> Begin(DeviceId device, CancellationToken cancellation)
    {
        await Load(cancellation);
        if (_job is not { IsOpen: true, WasAccepted: true }) return null;
        if (_job.Attempt >= JobDecisions.MaxAttempts)
        {
            await Append([new JobFailed(new Failure("poisoned", $"It was begun {JobDecisions.MaxAttempts} times and never ended."), _job.ReservedMicro, time.GetUtcNow())], [], cancellation);
            await Ended();
            return null;
        }
        var told = await Opened(cancellation);
        if (told.Prompt is null)
        {
            // An erasing ends open jobs before it destroys the key; so a device asks only where that was interrupted, or where the row was changed by hand.
            object end = told.IsErased ? new JobCanceled(ByErasure, _job.ReservedMicro, time.GetUtcNow())
                : new JobFailed(new Failure("render_failed", "What was asked for can no longer be read."), _job.ReservedMicro, time.GetUtcNow());
            await Append([end], [], cancellation);
            await Ended();
            return null;
        }
        var first = _job.Attempt == 0;
        await Append([new RenderingStarted(_job.Attempt + 1, device.ToString(), time.GetUtcNow())], [], cancellation);
        if (first) JobTelemetry.Waited(time.GetUtcNow() - _job.SubmittedAt);
        _watch.Tell(JobWatch.Durable(_job).Last());
        Forget(Holds().Begin(_job.Id));
        return new RenderOrder(_key, _job.Attempt, _job with { Prompt = told.Prompt, NegativePrompt = told.NegativePrompt, EndPrompt = told.EndPrompt, Personal = null });
    }

    public Task Report(int attempt, RenderProgress progress)
    {
        if (_job is { State: JobState.Running } && attempt == _job.Attempt) _watch.TellProgress(_job, progress);
        return Task.CompletedTask;
    }

    public async Task<bool> Finish(int attempt, RenderResult result, CancellationToken cancellation)
    {
        await Load(cancellation);
        // A renderer that did not hear our first answer asks again; its outputs are the accepted ones.
        if (_job is { State: JobState.Succeeded } && _job.Attempt == attempt) return true;
        if (_job is not { State: JobState.Running } || _job.Attempt != attempt) return false;
        await Append(JobDecisions.Finish(_job, attempt, result, time.GetUtcNow()), result.Outputs, cancellation);
        if (_job.IsOpen) Forget(Enqueue(await Limits(cancellation)));
        else await Ended();
        return true;
    }

    private async Task<SubmitOutcome> Accept(
        SubmitJob command, SubjectId asker, Subject subject, JobAccepted accepted, Vitrine.Policies.PromptDecision decision, string policyDigest, CancellationToken cancellation)
    {
        var id = _key.Job.Value;
        var cost = JobDecisions.Cost(command, accepted);
        var holds = new JobHolds(GrainFactory, _key.Tenant, command.Project, command.User);
        // A user's erasing opens their account; that of others, who have none, opens this.
        AccountFence[] unerased = command.User is null ? [new(asker.Stream, 0)] : [];
        for (var fenced = 0; ; fenced++)
        {
            var held = await holds.Hold(new HoldCredits(id, cost, command.Images, accepted.Model), time, cancellation);
            if (held.Refusal is { } refusal) return new(null, refusal, false, held.Rate);
            try
            {
                var events = Sealed(subject, JobDecisions.Accept(command, decision, policyDigest, accepted, held.Period, cost));
                await journal.Append(new Commit(_key.Tenant, [StreamAppend.Start(id, events)], [.. held.Fences, .. unerased]), CancellationToken.None);
                (_job, _loaded) = (Job.Fold(null, id, events), true);
                Forget(holds.Confirm(id));
                JobTelemetry.Accepted(command.Images);
                return new(Asked(command), null, false, held.Rate, await Announce(new(held.TenantLimits, held.ProjectLimits, held.UserLimits)));
            }
            catch (AccountFencedException)
            {
                await holds.Fenced(id, held.Fences);
                if (command.User is null && await GrainFactory.Subject(new(_key.Tenant, asker)).IsClosed(cancellation)) return new(null, Refusal.Erased(asker), false, held.Rate);
                if (fenced == MaxFenced) throw new LedgerUnavailableException("The accounts of this request are being taken over by other silos.");
            }
            catch (StreamMovedException)
            {
                // Another activation decided about this job. If it accepted, the hold that both share is its reservation and must stay.
                _loaded = false;
                await Load(cancellation);
                await (_job is { IsOpen: true, WasAccepted: true } ? holds.Confirm(id) : holds.Drop(id));
                return JobDecisions.Replay(await Opened(cancellation), command);
            }
            catch (LedgerUnavailableException)
            {
                // Whether it was accepted is unknown. The holds stay until their accounts fold again, so that nothing is promised twice.
                DeactivateOnIdle();
                throw;
            }
        }
    }

    private List<object> Sealed(Subject subject, IReadOnlyList<object> events) => [.. events.Select(e => PersonalText.Seal(subject, _key.Job.Value, e))];

    private ValueTask<JobView> Opened(CancellationToken cancellation) => texts.Open(_key.Tenant, _job!, cancellation);

    /// <summary>The job as it is told to the one who has just asked for it: with the texts that came with the request, so that nothing need be opened.</summary>
    private JobView Asked(SubmitJob command) => _job! with
    {
        Prompt = command.Prompt, NegativePrompt = string.IsNullOrEmpty(command.NegativePrompt) ? null : command.NegativePrompt, Metadata = command.Metadata, EndUser = command.EndUser, EndPrompt = command.Clip?.EndPrompt,
        RequestDigest = command.RequestDigest, Personal = null,
    };

    private async ValueTask<JobUpdate> Told(JobUpdate update, CancellationToken cancellation) =>
        update.Job is { } job ? update with { Job = await texts.Open(_key.Tenant, job, cancellation) } : update;

    private async Task Append(IReadOnlyList<object> events, IReadOnlyList<AssetView> outputs, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var id = _key.Job.Value;
        try
        {
            await journal.Append(Commit.Of(_key.Tenant,
                [StreamAppend.Continue(id, _job?.Revision ?? 0, _job, events), .. outputs.Select(asset => StreamAppend.Start(asset.Id, new OutputProduced(asset)))]), CancellationToken.None);
        }
        catch (Exception)
        {
            // Another activation wrote, or nobody knows who did: what this one believes is worth nothing now.
            _loaded = false;
            DeactivateOnIdle();
            throw;
        }
        _job = Job.Fold(_job, id, events);
        _loaded = true;
    }

    private async Task Ended()
    {
        foreach (var update in JobWatch.Ending(_job!)) _watch.Tell(update);
        JobTelemetry.Ended(_job!);
        LogEnded(_job!.Id, _job.State, _job.Attempt);
        Forget(Holds().Settle(_job.Id, _job.Settled ?? Credits.Zero));
        // Awaited: when the caller of a cancellation hears back, the device has been told.
        var queue = GrainFactory.RenderQueue(PoolId.Main);
        await (_job.State == JobState.Succeeded ? queue.Done(_key) : queue.Remove(_key)).WaitAsync(TimeSpan.FromSeconds(5), time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private async ValueTask Load(CancellationToken cancellation)
    {
        if (_loaded) return;
        await using var session = store.QuerySession(_key.Tenant.Value);
        var job = await session.LoadAsync<JobView>(_key.Job.Value, cancellation);
        // A call that interleaved may have written meanwhile.
        if (!_loaded) (_job, _loaded) = (job, true);
    }

    private Task<OwnerLimits> Limits(CancellationToken cancellation) =>
        OwnerLimits.Of(GrainFactory, _key.Tenant, new(_job!.Project), _job.User is { } user ? new UserId(user) : null, cancellation);

    /// <summary>Tells the queue, and the caller the place there; neither is worth more than a moment, for the job is recorded already.</summary>
    private async Task<QueuePlace?> Announce(OwnerLimits limits)
    {
        try
        {
            return await Enqueue(limits).WaitAsync(PlacePatience, time);
        }
        catch (Exception lost) when (lost is TimeoutException or OrleansException or LedgerUnavailableException)
        {
            LogMessageLost(_key.Job.Value, lost);
            return null;
        }
    }

    private Task<QueuePlace?> Enqueue(OwnerLimits limits) =>
        GrainFactory.RenderQueue(PoolId.Main).Enqueue(QueuedJobs.Of(_key, _job!, limits.Tenant, limits.Project, limits.User, _trace));

    private JobHolds Holds() => new(GrainFactory, _key.Tenant, new(_job!.Project), _job.User is { } user ? new UserId(user) : null);

    private static List<string>? Others(SubmitJob command) =>
        command.EndUser is null && command.Metadata is null ? null : [.. (command.Metadata?.Values ?? []), .. (command.EndUser is { } user ? [user] : Array.Empty<string>())];

    /// <summary>A message whose loss is mended elsewhere: accounts fold again before they refuse, the queue reads the open jobs again.</summary>
    private void Forget(Task message) => message.ContinueWith(
        lost => LogMessageLost(_key.Job.Value, lost.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
