using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Configuration;
using Orleans.TestingHost;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Policies;
using Vitrine.Grains.Rendering;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Inference;
using Vitrine.Local;
using Vitrine.Media;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;
using Vitrine.Silo;
using DeviceKind = Vitrine.Grains.Interfaces.DeviceKind;

namespace Vitrine.Grains.Tests;

/// <summary>Real silos in this process, on a real database, with the real engine and the embedded model.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private static readonly DevelopmentCertificates Chain = DevelopmentChain.Create("Vitrine Tests", TimeProvider.System.GetUtcNow());
    private static readonly DevelopmentCertificates TimeStampChain = DevelopmentChain.CreateTimeStampAuthority("Vitrine Tests", TimeProvider.System.GetUtcNow());

    /// <summary>Who is trusted in a cluster: its signer, and the authority of <see cref="TimeStamps"/>.</summary>
    public static readonly TrustAnchors Anchors = TrustAnchors.FromPem(Chain.RootPem, TimeStampChain.RootPem);
    public static readonly LedgerOptions Ledger = new("vitrine.test", new NoteSigner(new byte[32]));
    public static readonly WatermarkKey WatermarkKey = new([.. Enumerable.Range(0, WatermarkKey.Length).Select(i => (byte)i)]);
    private readonly string _blobFolder;

    private TestCluster(InProcessTestCluster silos, NpgsqlDataSource database, IBlobStore blobs, ModelCatalogue catalogue, ShiftedTime time, TenantsOfCalls calls, string blobFolder) =>
        (Silos, Database, Blobs, Catalogue, Time, Calls, _blobFolder) = (silos, database, blobs, catalogue, time, calls, blobFolder);

    public InProcessTestCluster Silos { get; }
    public NpgsqlDataSource Database { get; }
    public IBlobStore Blobs { get; }
    public ModelCatalogue Catalogue { get; }
    public ShiftedTime Time { get; }
    public TenantsOfCalls Calls { get; }
    public IGrainFactory Grains => Silos.Client;
    public IServiceProvider Services => Silos.Silos[0].ServiceProvider;

    /// <param name="devices">Whether the silo of this number has a processor to render on.</param>
    /// <param name="engine">The device of a silo, in the place of a processor; null for none.</param>
    /// <param name="connection">A database to use; null for a fresh one.</param>
    /// <param name="timeStamps">Who attests when pictures were signed; null for nobody.</param>
    /// <param name="checkpointSteps">Steps between two checkpoints of a picture; null for the rule.</param>
    public static async Task<TestCluster> Start(int silos = 1, Func<int, bool>? devices = null, string? connection = null, int? checkpointSteps = null, LedgerOptions? ledger = null,
        ITimeStampAuthority? timeStamps = null, Func<int, ModelCatalogue, (DeviceKind Kind, IRenderingEngine Engine)?>? engine = null)
    {
        var root = RepositoryRoot();
        var time = new ShiftedTime();
        var calls = new TenantsOfCalls();
        connection ??= await TestDatabase.Create();
        var database = SiloParts.DatabaseOf(connection);
        await StorePreparation.Prepare(database, LoggerFactory.Create(_ => { }).CreateLogger("test"), CancellationToken.None);
        var blobFolder = Directory.CreateTempSubdirectory("vitrine-blobs-").FullName;
        var blobs = new FileBlobStore(blobFolder, time);
        var catalogue = ModelCatalogue.Load(Path.Combine(root, "models"));
        var policies = new PolicyFolder(PoliciesThatDrawLabels(root, blobFolder + "-policies")).ReadOrThrow();
        var identity = new SigningIdentity(new EcdsaClaimSigner(Chain.ChainPem, Chain.LeafKeyPem), Anchors, timeStamps);

        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.ConfigureSilo((options, silo) =>
        {
            var name = options.SiloName.ToLowerInvariant().Replace('_', '-');
            var number = int.Parse(new string([.. options.SiloName.Where(char.IsDigit)]), System.Globalization.CultureInfo.InvariantCulture);
            var engines = engine is not null ? engine(number, catalogue) is var (kind, given) ? new Dictionary<DeviceId, IRenderingEngine> { [new DeviceId(name, kind, 0)] = given } : []
                : devices?.Invoke(number) ?? true ? new Dictionary<DeviceId, IRenderingEngine> { [new DeviceId(name, DeviceKind.Cpu, 0)] = new RenderingEngine(catalogue, new EngineOptions()) }
                : [];
            silo.Configure<ClusterMembershipOptions>(SiloHost.Membership);
            silo.AddIncomingGrainCallFilter(calls);
            silo.AddVitrine(new SiloParts(name, database, blobs, catalogue, new PoliciesInForce(policies), null, identity, new PlatformKey(""), new LocalDevices(engines), time, new KeyDatabase(database), ledger ?? Ledger, WatermarkKey, checkpointSteps));
        });
        // A call to a silo that was killed is answered by nobody.
        builder.ConfigureClient(client => client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10)));
        builder.ConfigureSiloHost((_, host) => host.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TestCluster(cluster, database, blobs, catalogue, time, calls, blobFolder);
    }

    /// <summary>An authority that every cluster trusts.</summary>
    public static ITimeStampAuthority TimeStamps(TimeProvider time) => new DevelopmentTimeStampAuthority(TimeStampChain.ChainPem, TimeStampChain.LeafKeyPem, time);

    /// <summary>A tenant with one project and one user, unbounded unless said otherwise.</summary>
    public async Task<TestTenant> Tenant(string id, Limits? limits = null, Limits? projectLimits = null, Limits? userLimits = null)
    {
        var none = CancellationToken.None;
        var tenant = TenantId.Parse(id);
        var made = new TestTenant(this, new Principal(tenant, new KeyId("testkey0testkey0"), Scopes.Generate | Scopes.Read, new ProjectId("launch"), new UserId("ada")));
        await Grains.Tenant(tenant).Create(new CreateTenant(id), none);
        await Grains.Project(new(tenant, made.Project)).Create(new CreateProject("Launch", null), none);
        await Grains.User(new(tenant, made.User)).Register(new RegisterUser("Ada"), none);
        if (limits is not null) await Grains.Tenant(tenant).SetLimits(limits, none);
        if (projectLimits is not null) await Grains.Project(new(tenant, made.Project)).SetLimits(projectLimits, none);
        if (userLimits is not null) await Grains.User(new(tenant, made.User)).SetLimits(userLimits, none);
        return made;
    }

    /// <summary>Pictures of a tenant on disk, previews not counted.</summary>
    public async Task<int> StoredBlobs(TenantId tenant)
    {
        var count = 0;
        await foreach (var _ in Blobs.List(tenant.Value, CancellationToken.None)) count++;
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await Silos.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_blobFolder, recursive: true);
        Directory.Delete(_blobFolder + "-policies", recursive: true);
    }

    // The policies as shipped, and a label that people see: the one thing that an operator has to ask for.
    private static string PoliciesThatDrawLabels(string root, string into)
    {
        var folder = Directory.CreateDirectory(into).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "policies"), "*.yaml")) File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), File.ReadAllText(file).Replace("offered:\n", "offered:\n  - visible_label\n", StringComparison.Ordinal));
        return folder;
    }

    public static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Platform.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return folder;
    }
}

/// <summary>A tenant made for a test, and what its user does.</summary>
public sealed record TestTenant(TestCluster Cluster, Principal Principal)
{
    public TenantId Tenant => Principal.Tenant;
    public ProjectId Project => Principal.Project!.Value;
    public UserId User => Principal.User!.Value;

    public SubmitJob Asks(string prompt, int images = 1, long seed = 7, string digest = "body", int previews = 0, int? steps = null, int? side = null) => new(
        Principal, Project, User, "thread", digest, "native", prompt, null, null, images, side, side, seed, steps, null, PictureFormat.Png, 100, Speed.Fast, previews, null, seed);

    public async Task<(JobKey Key, SubmitOutcome Outcome)> Submit(SubmitJob command, JobId? id = null)
    {
        var key = new JobKey(Tenant, id ?? JobId.New());
        return (key, await Cluster.Grains.Job(key).Submit(command, CancellationToken.None));
    }

    /// <summary>The device that the test itself plays where the cluster has none.</summary>
    public static readonly DeviceId Device = new("test", DeviceKind.Cpu, 0);

    /// <summary>Renders a job as a renderer would, but for the pixels. Null when there was nothing to render.</summary>
    public async Task<bool?> Render(JobKey key, RenderResult? result = null)
    {
        var job = Cluster.Grains.Job(key);
        if (await job.Begin(Device, CancellationToken.None) is not { } order) return null;
        return await job.Finish(order.Attempt, result ?? new RenderResult([.. Enumerable.Range(0, order.View.Images).Select(image => AssetOf(order, image))], null, false), CancellationToken.None);
    }

    public static AssetView AssetOf(RenderOrder order, int image) => new(
        AssetId.Of(order.Job.Job, image).Value, order.Job.Job.Value, image, new string('a', 64), new string('b', 64), "image/png", 1, order.View.Width, order.View.Height,
        order.View.Seed + image, "urn:c2pa:test", order.View.ModelDigest!, order.View.PolicyDigest!, order.View.SubmittedAt, ["rule"]);

    /// <summary>The stored names of a stream's events, in order, read with plain SQL.</summary>
    public async Task<IReadOnlyList<string>> Events(string stream)
    {
        await using var command = Cluster.Database.CreateCommand("select type from vitrine.mt_events where tenant_id = $1 and stream_id = $2 order by version");
        command.Parameters.AddWithValue(Tenant.Value);
        command.Parameters.AddWithValue(stream);
        var types = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) types.Add(rows.GetString(0));
        return types;
    }

    public Task<JobView?> Job(JobKey key) => Cluster.Grains.Job(key).Get();

    /// <summary>Asks again for as long as silos that were killed are taken for living.</summary>
    public async Task<T> Surely<T>(Func<IGrainFactory, Task<T>> ask)
    {
        for (var asked = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                return await ask(Cluster.Grains);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && TimeProvider.System.GetElapsedTime(asked) < TimeSpan.FromSeconds(60))
            {
                // The silo that held the grain went away; the grain goes on elsewhere.
            }
        }
    }

    /// <summary>Submits under one id until there is an answer, as a client does that retries.</summary>
    public async Task<JobKey> SubmitSurely(SubmitJob command)
    {
        var id = JobId.New();
        var outcome = await Surely(_ => Submit(command, id));
        Assert.Null(outcome.Outcome.Refusal);
        return outcome.Key;
    }

    /// <summary>Follows the job to its end.</summary>
    public async Task<JobView> End(JobKey key)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await foreach (var update in Cluster.Grains.Job(key).Watch(0, endOnly: false, patience.Token))
                    if (update.IsTerminal) return update.Job!;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && !patience.IsCancellationRequested)
            {
                // The silo that held the job went away; the job goes on elsewhere.
            }
        }
    }
}
