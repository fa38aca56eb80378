using System.Collections.Concurrent;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Doubles;

/// <summary>What one tenant consists of, in memory: the state behind the grains of <see cref="DoubleGrains"/>, open to the tests.</summary>
internal sealed class Brand(TenantId id)
{
    public TenantId Id { get; } = id;
    public TenantView? View { get; set; }
    public ConcurrentDictionary<string, (string Digest, Principal Principal, KeyView View)> Keys { get; } = new();
    public ConcurrentDictionary<string, ProjectView> Projects { get; } = new();
    public ConcurrentDictionary<string, UserView> Users { get; } = new();

    /// <summary>Subjects of end users of whom there are jobs.</summary>
    public ConcurrentDictionary<string, bool> EndUsers { get; } = new();
    public ConcurrentDictionary<string, SessionView> Sessions { get; } = new();
    public ConcurrentDictionary<string, AssetView> Assets { get; } = new();
    public ConcurrentDictionary<string, InputView> Inputs { get; } = new();
    public ConcurrentDictionary<string, ReplayView> Replays { get; } = new();
    public ConcurrentDictionary<string, BrandJob> Jobs { get; } = new();
    public ConcurrentDictionary<string, Limits> Limits { get; } = new();
    public LedgerHead? LedgerHead { get; set; }
    public Outcome<EventPage>? EventAnswer { get; set; }

    /// <summary>Tiles by level, index and width; entry bundles under level -1.</summary>
    public ConcurrentDictionary<(int, long, int), byte[]> Tiles { get; } = new();
    public ConcurrentDictionary<string, EvidenceView> Evidence { get; } = new();
    public Refusal? InputRefusal { get; set; }
    public Refusal? EvidenceRefusal { get; set; }

    /// <summary>Erasing somebody takes longer than one call.</summary>
    public bool IsErasureSlow { get; set; }
    public int Authentications;

    /// <summary>Set, no key is answered about before it completes: a cluster that is busy.</summary>
    public TaskCompletionSource? AuthenticationsWait { get; set; }

    /// <summary>A key that works, made without the API.</summary>
    public string Issue(Scopes scopes, string? project = null, string? user = null)
    {
        var key = ApiKey.New(Id);
        Add(new(key.Key, key.Digest, scopes, project is null ? null : new(project), user is null ? null : new(user), "test", null));
        return key.Reveal();
    }

    public KeyView Add(IssueKey command)
    {
        var view = new KeyView(command.Key.Value, command.Name ?? "", command.Scopes, command.Project?.Value, command.User?.Value, DateTimeOffset.UnixEpoch, command.ExpiresAt, null);
        Keys[command.Key.Value] = (command.SecretDigest, new(Id, command.Key, command.Scopes, command.Project, command.User), view);
        return view;
    }
}

/// <summary>A job and the updates that its watchers see.</summary>
internal sealed class BrandJob
{
    public required JobView View { get; set; }
    public List<JobUpdate> Updates { get; } = [];
    public QueuePlace? Place { get; set; }

    /// <summary>Watching breaks off once, after this many updates.</summary>
    public int? BreaksAfter { get; set; }
    public int Watches;
    public Action? OnWatch { get; set; }

    /// <summary>Before an update is told; those before it are on their way while this is awaited.</summary>
    public Func<JobUpdate, Task>? OnUpdate { get; set; }
}

/// <summary>All tenants, and what is wrong with the world.</summary>
internal sealed class World
{
    private readonly ConcurrentDictionary<TenantId, Brand> brands = new();

    public Brand this[TenantId tenant] => brands.GetOrAdd(tenant, id => new(id));
    public Brand this[string tenant] => this[new TenantId(tenant)];
    public IEnumerable<Brand> Brands => brands.Values;

    /// <summary>What a submission answers instead of accepting.</summary>
    public ConcurrentDictionary<string, Refusal> RefusalsByPrompt { get; } = new();
    public ConcurrentQueue<SubmitJob> Submissions { get; } = new();
    public ConcurrentQueue<EventQuery> EventQueries { get; } = new();
    public ConcurrentQueue<string> Answered { get; } = new();

    /// <summary>The store takes writes.</summary>
    public bool IsRecording { get; set; } = true;

    /// <summary>What waits for devices.</summary>
    public QueueStatus Queue { get; set; } = new(0, 0, []);

    public ConcurrentDictionary<string, OriginView> OriginsByWatermark { get; } = new();
    public ConcurrentBag<OriginView> Origins { get; } = [];
    public ConcurrentDictionary<string, AnchorsView> AnchorsByManifest { get; } = new();

    /// <summary>Grain calls that came without the tenant of their key.</summary>
    public ConcurrentQueue<string> Strays { get; } = new();
}
