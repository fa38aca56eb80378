using System.Runtime.CompilerServices;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Doubles;

// The gateway's tests are about HTTP. These grains keep just enough in memory to answer; the real ones are tested with the silo.

internal abstract class AccountDouble(World world) : Grain, IAccountGrain
{
    protected World World => world;
    protected string Key => this.GetPrimaryKeyString();
    protected abstract Brand Brand { get; }
    protected abstract bool Exists { get; }

    public Task<Outcome<AccountView>> SetLimits(Limits limits, CancellationToken cancellation)
    {
        if (!Exists) return Task.FromResult<Outcome<AccountView>>(new Refusal(Refused.NotFound, "none"));
        Brand.Limits[Key] = limits;
        return Task.FromResult<Outcome<AccountView>>(View);
    }

    public Task<AccountView?> Account(CancellationToken cancellation) => Task.FromResult(Exists ? View : null);
    private AccountView View => new(Brand.Limits.GetValueOrDefault(Key, Limits.None), "2026-01", new(1_500_000), new(250_000), 1, 2);

    public Task<HoldOutcome> Hold(HoldCredits command, CancellationToken cancellation) => throw NotOfTheGateway.Call();
    public Task Confirm(string job) => throw NotOfTheGateway.Call();
    public Task Drop(string job) => throw NotOfTheGateway.Call();
    public Task Fenced(string job, long epoch) => throw NotOfTheGateway.Call();
    public Task Begin(string job) => throw NotOfTheGateway.Call();
    public Task Settle(string job, Credits settled) => throw NotOfTheGateway.Call();
}

internal sealed class TenantDouble(World world) : AccountDouble(world), ITenantGrain
{
    protected override Brand Brand => World[Key];
    protected override bool Exists => Brand.View is not null;

    public Task<Outcome<TenantView>> Create(CreateTenant command, CancellationToken cancellation)
    {
        if (Exists) return Task.FromResult<Outcome<TenantView>>(new Refusal(Refused.AlreadyExists, "A tenant of this id exists."));
        return Task.FromResult<Outcome<TenantView>>(Brand.View = new(Key, command.Name, DateTimeOffset.UnixEpoch, Limits.None));
    }

    public Task<TenantView?> Get(CancellationToken cancellation) => Task.FromResult(Brand.View);
    public Task<Outcome<KeyView>> IssueKey(IssueKey command, CancellationToken cancellation) => Task.FromResult<Outcome<KeyView>>(Brand.Add(command));

    public Task<Outcome<KeyView>> RevokeKey(KeyId key, CancellationToken cancellation) => Task.FromResult<Outcome<KeyView>>(
        Brand.Keys.TryRemove(key.Value, out var known) ? known.View with { RevokedAt = DateTimeOffset.UnixEpoch } : new Refusal(Refused.NotFound, "none"));
}

internal sealed class ProjectDouble(World world) : AccountDouble(world), IProjectGrain
{
    private ProjectKey Id => ProjectKey.Parse(Key);
    protected override Brand Brand => World[Id.Tenant];
    protected override bool Exists => Brand.Projects.ContainsKey(Id.Project.Value);

    public Task<Outcome<ProjectView>> Create(CreateProject command, CancellationToken cancellation)
    {
        var view = new ProjectView(Id.Project.Value, command.Name, DateTimeOffset.UnixEpoch, Limits.None, command.Models);
        return Task.FromResult(Brand.Projects.TryAdd(Id.Project.Value, view) ? view : (Outcome<ProjectView>)new Refusal(Refused.AlreadyExists, "A project of this id exists."));
    }

    public Task<ProjectView?> Get(CancellationToken cancellation) => Task.FromResult(Brand.Projects.GetValueOrDefault(Id.Project.Value));

    public Task<UsageView?> Usage(string? period, CancellationToken cancellation) => Task.FromResult(
        Exists ? new UsageView(Id.Project.Value, period ?? "2026-01", new(1_048_576), new(0), null, 3, 4, new Dictionary<string, long> { ["succeeded"] = 3 }) : null);
}

internal sealed class UserDouble(World world) : AccountDouble(world), IUserGrain
{
    private UserKey Id => UserKey.Parse(Key);
    protected override Brand Brand => World[Id.Tenant];
    protected override bool Exists => Brand.Users.ContainsKey(Id.User.Value);

    public Task<Outcome<UserView>> Register(RegisterUser command, CancellationToken cancellation)
    {
        var view = new UserView(Id.User.Value, command.Name, DateTimeOffset.UnixEpoch, Limits.None);
        return Task.FromResult(Brand.Users.TryAdd(Id.User.Value, view) ? view : (Outcome<UserView>)new Refusal(Refused.AlreadyExists, "A user of this id exists."));
    }

    public Task<UserView?> Get(CancellationToken cancellation) => Task.FromResult(Brand.Users.GetValueOrDefault(Id.User.Value));

    public Task<ErasureView?> BeginErasure(string by, CancellationToken cancellation) => throw NotOfTheGateway.Call();
    public Task<ErasureView> EndErasure(string by, ErasureCounts counts, CancellationToken cancellation) => throw NotOfTheGateway.Call();
}

[Orleans.Concurrency.Reentrant]
internal sealed class AuthenticationDouble(World world) : Grain, IAuthenticationGrain
{
    public async Task<Principal?> Authenticate(TenantId tenant, KeyId key, string secretDigest)
    {
        var brand = world[tenant];
        Interlocked.Increment(ref brand.Authentications);
        if (brand.AuthenticationsWait is { } wait) await wait.Task;
        return brand.Keys.TryGetValue(key.Value, out var known) && known.Digest == secretDigest ? known.Principal : null;
    }
}

internal sealed class KeysDouble(World world) : Grain, IKeysGrain
{
    private Brand Brand => world[this.GetPrimaryKeyString()];

    public Task<IReadOnlyList<KeyView>> List(string? after, int limit) => Task.FromResult(Pages.Of(Brand.Keys.Values.Select(key => key.View), key => key.Id, after, limit));
}

internal sealed class MembersDouble(World world) : Grain, IMembersGrain
{
    private Brand Brand => world[this.GetPrimaryKeyString()];

    public Task<IReadOnlyList<ProjectView>> Projects(string? after, int limit) => Task.FromResult(Pages.Of(Brand.Projects.Values, project => project.Id, after, limit));
    public Task<IReadOnlyList<UserView>> Users(string? after, int limit) => Task.FromResult(Pages.Of(Brand.Users.Values, user => user.Id, after, limit));
    public Task<IReadOnlyList<TenantView>> Tenants(string? after, int limit) =>
        Task.FromResult(Pages.Of(world.Brands.Select(brand => brand.View).OfType<TenantView>(), tenant => tenant.Id, after, limit));

    public Task<bool> IsRecording(CancellationToken cancellation) => Task.FromResult(world.IsRecording);
}

internal sealed class JobDouble(World world) : Grain, IJobGrain
{
    private JobKey Key => JobKey.Parse(this.GetPrimaryKeyString());
    private BrandJob? Job => world[Key.Tenant].Jobs.GetValueOrDefault(Key.Job.Value);

    public Task<SubmitOutcome> Submit(SubmitJob command, CancellationToken cancellation)
    {
        world.Submissions.Enqueue(command);
        if (command.Prompt == "the store is down") throw new LedgerUnavailableException();
        if (command.Prompt == "a bug") throw new InvalidOperationException("the secret prompt must not be told");
        if (Job is { } known)
            return Task.FromResult(known.View.RequestDigest == command.RequestDigest
                ? new SubmitOutcome(known.View, null, true, null)
                : new SubmitOutcome(null, new(Refused.IdempotencyMismatch, "Another request has this key."), false, null));
        if (command.Overloaded is { } later) return Task.FromResult(new SubmitOutcome(null, Refusal.Overloaded(later), false, null));
        if (world.RefusalsByPrompt.TryGetValue(command.Prompt, out var refusal)) return Task.FromResult(new SubmitOutcome(null, refusal, false, null));
        if (!world[Key.Tenant].Projects.ContainsKey(command.Project.Value)) return Task.FromResult(new SubmitOutcome(null, new(Refused.NotFound, "none"), false, null));
        var job = new BrandJob { View = ViewOf(command), Place = new(2, TimeSpan.FromSeconds(1.5), command.Model == "nobody-runs-it") };
        world[Key.Tenant].Jobs[Key.Job.Value] = job;
        return Task.FromResult(new SubmitOutcome(job.View, null, false, new(60, 59, TimeSpan.FromSeconds(61)), command.Prompt == "the queue is away" ? null : job.Place));
    }

    public Task<JobView?> Get() => Task.FromResult(Job?.View);
    public Task<QueuePlace?> Place() => Job?.View.Prompt == "the queue is away" ? throw new TimeoutException() : Task.FromResult(Job?.Place);

    public async IAsyncEnumerable<JobUpdate> Watch(long after, bool endOnly, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        if (Job is not { } job) yield break;
        job.Watches++;
        job.OnWatch?.Invoke();
        var told = 0;
        foreach (var update in job.Updates.Where(update => update.Sequence > after))
        {
            if (job.BreaksAfter is { } count && told++ == count)
            {
                job.BreaksAfter = null;
                throw new TimeoutException("the silo went away");
            }
            if (job.OnUpdate is { } before) await before(update);
            yield return update;
        }
    }

    public Task<Outcome<JobView>?> Cancel(string by, CancellationToken cancellation)
    {
        if (Job is not { } job) return Task.FromResult<Outcome<JobView>?>(null);
        if (!job.View.IsOpen) return Task.FromResult<Outcome<JobView>?>(new Refusal(Refused.AlreadyFinished, "The job is over."));
        job.View = job.View with { State = JobState.Canceled, SettledMicro = 0 };
        return Task.FromResult<Outcome<JobView>?>(job.View);
    }

    public Task<RenderOrder?> Begin(DeviceId device, CancellationToken cancellation) => throw NotOfTheGateway.Call();
    public Task Report(int attempt, RenderProgress progress) => throw NotOfTheGateway.Call();
    public Task<bool> Finish(int attempt, RenderResult result, CancellationToken cancellation) => throw NotOfTheGateway.Call();

    private JobView ViewOf(SubmitJob command) => new()
    {
        Id = Key.Job.Value, Project = command.Project.Value, User = command.User?.Value, Session = command.Session, Key = command.Principal.Key.Value, Dialect = command.Dialect,
        RequestDigest = command.RequestDigest, Prompt = command.Prompt, NegativePrompt = command.NegativePrompt, Model = command.Model ?? "sticker", Images = command.Images,
        Width = command.Width ?? 64, Height = command.Height ?? 64, Seed = command.Seed ?? command.RandomSeed, Steps = command.Steps ?? 20, Guidance = command.Guidance ?? 4,
        Format = command.Format, Quality = command.Quality, Speed = command.Speed, Metadata = command.Metadata, ReservedMicro = 81_920, Period = "2026-01",
        SubmittedAt = DateTimeOffset.UnixEpoch,
    };
}

internal sealed class JobsDouble(World world) : Grain, IJobsGrain
{
    public Task<JobPage> List(JobQuery query)
    {
        if (query.After is { } cursor && !JobId.TryParse(cursor, out _)) return Task.FromResult(new JobPage(null, null));
        var jobs = world[this.GetPrimaryKeyString()].Jobs.Values.Select(job => job.View)
            .Where(job => (query.Project is null || job.Project == query.Project) && (query.Session is null || job.Session == query.Session) && (query.State is null || job.State == query.State))
            .OrderBy(job => job.Id, StringComparer.Ordinal).Where(job => query.After is null || string.CompareOrdinal(job.Id, query.After) > 0).Take(query.Limit + 1).ToList();
        return Task.FromResult(jobs.Count > query.Limit ? new JobPage(jobs[..query.Limit], jobs[query.Limit - 1].Id) : new JobPage(jobs, null));
    }
}

internal sealed class AttemptsDouble(World world) : Grain, IAttemptsGrain
{
    private readonly List<JobId> jobs = [];

    public Task First(JobId job)
    {
        jobs.Add(job);
        return Task.CompletedTask;
    }

    public Task<JobId?> RetryOf(UserId? user, string? endUser) => Task.FromResult<JobId?>(jobs.Count == 0 ? null : jobs[0]);

    public Task Answered(JobId job)
    {
        world.Answered.Enqueue(job.Value);
        return Task.CompletedTask;
    }
}

internal sealed class ErasureDouble(World world) : Grain, IErasureGrain
{
    private SubjectKey Key => SubjectKey.Parse(this.GetPrimaryKeyString());

    public Task<ErasureView?> Erase(string by, CancellationToken cancellation)
    {
        var (brand, subject) = (world[Key.Tenant], Key.Subject);
        var known = subject.User is { } id ? brand.Users.ContainsKey(id.Value) : subject.Key is { } key ? brand.Keys.ContainsKey(key.Value) : brand.EndUsers.ContainsKey(subject.Value);
        if (!known) return Task.FromResult<ErasureView?>(null);
        if (brand.IsErasureSlow) return Task.FromResult<ErasureView?>(new(subject.Value, DateTimeOffset.UnixEpoch, null, 0, 0, 0, 0, 0, null));
        if (subject.User is { } user) brand.Users[user.Value] = brand.Users[user.Value] with { Name = "", State = UserState.Erased, ErasedAt = DateTimeOffset.UnixEpoch };
        return Task.FromResult<ErasureView?>(new(subject.Value, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 3, 1, 2, 0, 4, 17));
    }
}

/// <summary>Digests that hide nothing, so that a test can say which one is known.</summary>
internal sealed class EndUsersDouble : Grain, IEndUsersGrain
{
    public Task<SubjectId> Find(string endUser, CancellationToken cancellation) => Task.FromResult(SubjectId.OfEndUser(Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(endUser))));
}

internal sealed class AssetDouble(World world) : Grain, IAssetGrain
{
    public Task<bool> Erase(CancellationToken cancellation) => throw NotOfTheGateway.Call();
    public Task<bool> AddStamped(StampedFile stamped, CancellationToken cancellation) => throw NotOfTheGateway.Call();
    private AssetKey Key => AssetKey.Parse(this.GetPrimaryKeyString());
    public Task<AssetView?> Get(CancellationToken cancellation) => Task.FromResult(world[Key.Tenant].Assets.GetValueOrDefault(Key.Asset.Value));
}

internal sealed class ReplaysDouble(World world) : Grain, IReplaysGrain
{
    private Brand Brand => world[this.GetPrimaryKeyString()];

    public Task<ReplayOutcome?> Request(RequestReplay command, CancellationToken cancellation)
    {
        if (!Brand.Assets.TryGetValue(command.Asset.Value, out var asset)) return Task.FromResult<ReplayOutcome?>(null);
        if (Brand.Replays.TryGetValue(command.Replay.Value, out var known)) return Task.FromResult<ReplayOutcome?>(new(known, null, true));
        if (Brand.Replays.Count >= 3) return Task.FromResult<ReplayOutcome?>(new(null, new(Refused.RateExceeded, "As many as may be.", RetryAfter: TimeSpan.FromSeconds(10)), false));
        var replay = new ReplayView { Id = command.Replay.Value, Asset = asset.Id, Job = asset.Job, Key = command.By, Model = "sticker", RequestedAt = DateTimeOffset.UnixEpoch };
        Brand.Replays[replay.Id] = replay;
        return Task.FromResult<ReplayOutcome?>(new(replay, null, false));
    }

    public Task<ReplayView?> Get(ReplayId replay, CancellationToken cancellation) => Task.FromResult(Brand.Replays.GetValueOrDefault(replay.Value));
    public Task<QueuePlace?> Place(ReplayId replay) => Task.FromResult<QueuePlace?>(new(3, null, false));

    public Task<Outcome<ReplayView>?> Cancel(ReplayId replay, string by, CancellationToken cancellation)
    {
        if (!Brand.Replays.TryGetValue(replay.Value, out var known)) return Task.FromResult<Outcome<ReplayView>?>(null);
        if (!known.IsOpen) return Task.FromResult<Outcome<ReplayView>?>(new Refusal(Refused.AlreadyFinished, "It is over."));
        return Task.FromResult<Outcome<ReplayView>?>(Brand.Replays[replay.Value] = known with { State = ReplayState.Canceled, FinishedAt = DateTimeOffset.UnixEpoch });
    }

    public Task<ReplayOrder?> Begin(ReplayId replay, DeviceId device, CancellationToken cancellation) => throw NotOfTheGateway.Call();
    public Task<bool> Finish(ReplayId replay, int attempt, ReplayResult result, CancellationToken cancellation) => throw NotOfTheGateway.Call();
}

internal sealed class InputDouble(World world) : Grain, IInputGrain
{
    private InputKey Key => InputKey.Parse(this.GetPrimaryKeyString());
    private Brand Brand => world[Key.Tenant];

    public Task<Outcome<InputView>> Receive(ReceiveInput command, CancellationToken cancellation)
    {
        if (Brand.InputRefusal is { } refusal) return Task.FromResult<Outcome<InputView>>(refusal);
        return Task.FromResult<Outcome<InputView>>(Brand.Inputs[Key.Input.Value] = new(
            Key.Input.Value, command.Principal.User?.Value, command.Principal.Key.Value, command.Sha256, "image/png", 7, 8, 16, InputCredential.Tampered, "urn:c2pa:x", ["assertion.dataHash.mismatch"], DateTimeOffset.UnixEpoch, 1));
    }

    public Task<InputView?> Get(CancellationToken cancellation) => Task.FromResult(Brand.Inputs.GetValueOrDefault(Key.Input.Value));

    public Task<InputView?> Delete(string by, CancellationToken cancellation) => Task.FromResult(
        Brand.Inputs.TryGetValue(Key.Input.Value, out var input) ? Brand.Inputs[input.Id] = input with { DeletedAt = DateTimeOffset.UnixEpoch } : null);
}

internal sealed class SessionDouble(World world) : Grain, ISessionGrain
{
    private SessionKey Key => SessionKey.Parse(this.GetPrimaryKeyString());
    public Task<SessionView?> Get() => Task.FromResult(world[Key.Tenant].Sessions.GetValueOrDefault(Key.Session));
}

internal sealed class RenderQueueDouble(World world) : Grain, IRenderQueueGrain
{
    public Task<QueueStatus> Status() => Task.FromResult(world.Queue);
    public Task<QueuePlace?> Enqueue(QueuedJob job) => throw NotOfTheGateway.Call();
    public Task Relimit(TenantId tenant, string account, Limits limits) => throw NotOfTheGateway.Call();
    public Task Remove(JobKey job) => throw NotOfTheGateway.Call();
    public Task Done(JobKey job) => throw NotOfTheGateway.Call();
    public Task<IReadOnlyList<QueuedJob>> Take(RendererOffer offer) => throw NotOfTheGateway.Call();
    public Task<QueuePlace?> Place(JobKey job) => throw NotOfTheGateway.Call();
    public Task Reconcile() => throw NotOfTheGateway.Call();
}

internal sealed class OriginsDouble(World world) : Grain, IOriginsGrain
{
    public Task<OriginView?> ByWatermark(string watermark, CancellationToken cancellation) => Task.FromResult(world.OriginsByWatermark.GetValueOrDefault(watermark));
    public Task<AnchorsView?> Anchors(string manifest, CancellationToken cancellation) => Task.FromResult(world.AnchorsByManifest.GetValueOrDefault(manifest));
    public Task<OriginView?> ByManifest(string manifest, CancellationToken cancellation) => Task.FromResult(world.Origins.FirstOrDefault(origin => origin.Manifest == manifest));
    public Task<OriginView?> ByLook(IReadOnlyList<string> hashes, CancellationToken cancellation) => Task.FromResult(world.Origins.FirstOrDefault(origin => hashes.Contains(origin.Pdq)));
}

internal sealed class ModelsDouble : Grain, IModelsGrain
{
    public Task<IReadOnlyList<ModelView>> List(ProjectId? project) => Task.FromResult<IReadOnlyList<ModelView>>([]);
}

internal static class Pages
{
    public static IReadOnlyList<T> Of<T>(IEnumerable<T> rows, Func<T, string> id, string? after, int limit) =>
        [.. rows.OrderBy(id, StringComparer.Ordinal).Where(row => after is null || string.CompareOrdinal(id(row), after) > 0).Take(limit)];
}

/// <summary>A log of which nothing was written, unless the test says otherwise.</summary>
internal sealed class LedgerDouble(World world) : Grain, ILedgerGrain
{
    private Brand Brand => world[this.GetPrimaryKeyString()];

    public Task<LedgerHead?> Checkpoint(CancellationToken cancellation) => Task.FromResult(Brand.LedgerHead);
    public Task<byte[]?> Tile(int level, long index, int width, CancellationToken cancellation) => Task.FromResult(Brand.Tiles.GetValueOrDefault((level, index, width)));
    public Task<byte[]?> Entries(long index, int width, CancellationToken cancellation) => Task.FromResult(Brand.Tiles.GetValueOrDefault((-1, index, width)));
    public Task<InclusionView?> Inclusion(long index, long? size, CancellationToken cancellation) =>
        Task.FromResult(Brand.LedgerHead is { } head && index < (size ?? head.Size) ? new InclusionView(index, size ?? head.Size, "leaf", "root", ["a", "b"]) : null);
    public Task<ConsistencyView?> Consistency(long from, long? to, CancellationToken cancellation) =>
        Task.FromResult(Brand.LedgerHead is { } head ? new ConsistencyView(from, to ?? head.Size, "old", "new", ["a"]) : null);
    public Task<Outcome<EventPage>> Events(EventQuery query, CancellationToken cancellation)
    {
        world.EventQueries.Enqueue(query);
        return Task.FromResult(Brand.EventAnswer ?? new EventPage([], null));
    }
    public Task<LineageView?> Lineage(AssetId asset, CancellationToken cancellation) =>
        Task.FromResult(Brand.Assets.ContainsKey(asset.Value) ? new LineageView([new("asset:x", "asset", "x")], [new("job:y", "asset:x", "produced")]) : null);
    public Task<Outcome<EvidenceView>?> Evidence(AssetId asset, CancellationToken cancellation) => Task.FromResult<Outcome<EvidenceView>?>(
        Brand.EvidenceRefusal is { } refusal ? refusal : Brand.Evidence.TryGetValue(asset.Value, out var evidence) ? (Outcome<EvidenceView>)evidence : null);
    public Task<PlatformView?> Platform(CancellationToken cancellation) => Task.FromResult(Brand.LedgerHead is { } head ? new PlatformView(head, head, new(0, 1, "leaf", "root", []), null) : null);
}
