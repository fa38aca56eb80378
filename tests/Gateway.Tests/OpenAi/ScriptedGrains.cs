using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.OpenAi;

/// <summary>What the jobs with a certain prompt do: the gateway's tests say it, since what jobs really do is not the gateway's matter.</summary>
internal sealed class JobScript
{
    public required Func<JobKey, SubmitJob, SubmitOutcome> Submit { get; init; }
    public Func<JobView, IAsyncEnumerable<JobUpdate>> Watch { get; init; } = _ => AsyncEnumerable.Empty<JobUpdate>();

    /// <summary>Every command that reached a job, also repeated ones.</summary>
    public ConcurrentQueue<(JobKey Job, SubmitJob Command)> Commands { get; } = [];
    public int Canceled;
}

internal sealed class JobScripts
{
    private readonly ConcurrentDictionary<string, JobScript> byPrompt = new();
    /// <summary>Ids of keys that do not work any more.</summary>
    public ConcurrentDictionary<string, bool> Revoked { get; } = new();

    public JobScript this[string prompt] { get => byPrompt[prompt]; set => byPrompt[prompt] = value; }
}

internal sealed class ScriptedJobGrain(JobScripts scripts) : Grain, IJobGrain
{
    private SubmitOutcome? outcome;
    private JobScript? script;

    private JobKey Key => JobKey.Parse(this.GetPrimaryKeyString());

    public Task<SubmitOutcome> Submit(SubmitJob command, CancellationToken cancellation)
    {
        script = scripts[command.Prompt];
        script.Commands.Enqueue((Key, command));
        if (outcome?.Job is { } job)
            return Task.FromResult(job.RequestDigest == command.RequestDigest
                ? outcome with { Replayed = true }
                : new SubmitOutcome(null, new(Refused.IdempotencyMismatch, "This key belongs to another request."), false, null));
        return Task.FromResult(outcome = script.Submit(Key, command));
    }

    public Task<JobView?> Get() => Task.FromResult(outcome?.Job);
    public Task<QueuePlace?> Place() => Task.FromResult<QueuePlace?>(null);

    public async IAsyncEnumerable<JobUpdate> Watch(long after, bool endOnly, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (outcome?.Job is not { } job || script is null) yield break;
        await foreach (var update in script.Watch(job).WithCancellation(cancellation))
        {
            if (update is { IsTerminal: true, Job: { } done }) outcome = outcome with { Job = done };
            if (update.Sequence > after) yield return update;
        }
    }

    public Task<Outcome<JobView>?> Cancel(string by, CancellationToken cancellation)
    {
        Interlocked.Increment(ref script!.Canceled);
        return Task.FromResult<Outcome<JobView>?>(null);
    }

    public Task<RenderOrder?> Begin(DeviceId device, CancellationToken cancellation) => Task.FromResult<RenderOrder?>(null);
    public Task Report(int attempt, RenderProgress progress) => Task.CompletedTask;
    public Task<bool> Finish(int attempt, RenderResult result, CancellationToken cancellation) => Task.FromResult(false);
}

internal sealed class ScriptedAttemptsGrain : Grain, IAttemptsGrain
{
    private readonly List<JobId> unanswered = [];

    public Task First(JobId job)
    {
        unanswered.Add(job);
        return Task.CompletedTask;
    }

    public Task<JobId?> RetryOf(UserId? user, string? endUser) => Task.FromResult<JobId?>(unanswered.Count > 0 ? unanswered[0] : null);

    public Task Answered(JobId job)
    {
        unanswered.Remove(job);
        return Task.CompletedTask;
    }
}

/// <summary>The key <c>unbound…</c> has no project, <c>reader…</c> may only read, <c>revoked…</c> does not work; all others may generate in <c>campaign</c>.</summary>
internal sealed class ScriptedAuthenticationGrain(JobScripts scripts) : Grain, IAuthenticationGrain
{
    public Task<Principal?> Authenticate(TenantId tenant, KeyId key, string secretDigest) => Task.FromResult(key.Value switch
    {
        "revoked" => null,
        var id when scripts.Revoked.ContainsKey(id) => null,
        "reader" => new Principal(tenant, key, Scopes.Read, null, null),
        "unbound" => new Principal(tenant, key, Scopes.Generate, null, null),
        _ => new Principal(tenant, key, Scopes.Generate | Scopes.Read, new ProjectId("campaign"), new UserId("ann")),
    });
}

internal sealed class ScriptedModelsGrain : Grain, IModelsGrain
{
    public Task<IReadOnlyList<ModelView>> List(ProjectId? project) => Task.FromResult<IReadOnlyList<ModelView>>(
        [new("vitrine-sticker", "1.0.0", "sha256:00", 64, 64, 4, 50, 4, DateTimeOffset.FromUnixTimeSeconds(1_767_225_600))]);
}
