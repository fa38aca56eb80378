using System.Globalization;
using System.Security.Cryptography;

namespace Vitrine.Local;

/// <summary>
/// The whole platform on one machine: a private PostgreSQL, one silo process or more, one gateway process. All that is kept lies in one
/// folder, so the next start continues where this one ended. Its methods are not for concurrent use.
/// </summary>
public sealed class LocalPlatform : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly LocalPlatformOptions _options;
    private readonly string _folder;
    private readonly FolderLock _lock;
    private RememberedPorts _ports = null!;
    private string _database = null!;
    private string? _keyDatabase;
    private string? _membership;
    private AdminKey _adminKey = null!;
    private string _urlSigningKey = null!;
    private string _watermarkKey = null!;
    private SiloPorts[] _siloPorts = [];
    private readonly ChildProcess?[] _silos;
    private (int Gateway, int GatewayMetrics) _port;

    private LocalPlatform(LocalPlatformOptions options, string folder, FolderLock held)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Silos, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Silos, 8);
        (_options, _folder, _lock, _silos) = (options, folder, held, new ChildProcess?[options.Silos]);
    }

    /// <summary>Base address of the gateway.</summary>
    public string Gateway => $"http://127.0.0.1:{_port.Gateway}";

    /// <summary>Address of the first silo's /health and /metrics.</summary>
    public string SiloMetrics => _siloPorts[0].MetricsAddress;

    /// <summary>Address of a silo's /health and /metrics.</summary>
    public string MetricsOf(int silo) => _siloPorts[silo].MetricsAddress;

    /// <summary>Connection string of the platform's database.</summary>
    public string Database => _database;

    /// <summary>Connection string of the database of keys: one of its own, or that of a database that was given.</summary>
    public string KeyDatabase => _keyDatabase ?? _database;

    /// <summary>Folder of the blob store.</summary>
    public string Blobs => Path.Combine(_folder, "blobs");

    /// <summary>Folder of the log files.</summary>
    public string Logs => Path.Combine(_folder, "logs");

    /// <summary>The demo tenant's access; also in dev.json.</summary>
    public DevelopmentAccess Access { get; private set; } = null!;

    /// <summary>The private server; null when a database was given.</summary>
    public PrivatePostgres? Postgres { get; private set; }

    /// <summary>The first silo.</summary>
    public ChildProcess? Silo => _silos[0];

    /// <summary>All silos, those among them that are not running too.</summary>
    public IReadOnlyList<ChildProcess?> Silos => _silos;

    public ChildProcess? GatewayProcess { get; private set; }

    /// <summary>File with the public key of the platform's transparency log, which the silo makes.</summary>
    public string LedgerKey => Path.Combine(_folder, "pki", "ledger.vkey");
    private string TrustAnchor => Path.Combine(_folder, "pki", "root.pem");

    /// <summary>Starts everything, waits until the gateway answers, and sees to the demo tenant.</summary>
    /// <exception cref="InvalidOperationException">Something did not come up, or the folder is in use; the message quotes the log of what failed.</exception>
    public static async Task<LocalPlatform> Start(LocalPlatformOptions options, CancellationToken ct)
    {
        var folder = Path.GetFullPath(options.Folder ?? Path.Combine(options.Repository.Root, ".local"));
        Directory.CreateDirectory(folder);
        var platform = new LocalPlatform(options, folder, FolderLock.Take(folder));
        try
        {
            await platform.StartAll(ct);
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the first silo on its remembered ports and waits until it is ready.</summary>
    public Task StartSilo(CancellationToken ct) => StartSilo(0, ct);

    /// <summary>Starts a silo on its remembered ports and waits until it is ready.</summary>
    public async Task StartSilo(int silo, CancellationToken ct)
    {
        await LaunchSilo(silo, ct);
        await Ready(_silos[silo]!, MetricsOf(silo), ct);
    }

    /// <summary>Kills a silo with SIGKILL.</summary>
    public Task KillSilo(int silo = 0) => _silos[silo]?.Kill() ?? Task.CompletedTask;

    /// <summary>Asks a silo to stop, and waits until it has handed over what it had and is gone.</summary>
    public Task StopSilo(int silo) => _silos[silo]?.Terminate(StopLimit) ?? Task.CompletedTask;

    /// <summary>Starts the gateway on its remembered port and waits until it is ready.</summary>
    public async Task StartGateway(CancellationToken ct)
    {
        await LaunchGateway(ct);
        await Ready(GatewayProcess!, Gateway, ct);
    }

    /// <summary>Kills the gateway with SIGKILL.</summary>
    public Task KillGateway() => GatewayProcess?.Kill() ?? Task.CompletedTask;

    /// <summary>Starts the private server again on its port and data.</summary>
    /// <exception cref="InvalidOperationException">The database is not ours to start.</exception>
    public Task StartPostgres(CancellationToken ct) => Own(Postgres).Restart(ct);

    /// <summary>Starts the private server again whenever it ends by itself, until it is cancelled, which must be before anything is stopped. Where the database was given there is nothing to do.</summary>
    /// <exception cref="InvalidOperationException">It does not come back, or ends again and again.</exception>
    public Task KeepPostgres(CancellationToken ct) =>
        Postgres is null ? Task.Delay(Timeout.Infinite, ct) : new PostgresWatch(Postgres, _options.Say, TimeProvider.System).Run(ct);

    /// <summary>Kills the private server and its backends with SIGKILL.</summary>
    /// <exception cref="InvalidOperationException">The database is not ours to kill.</exception>
    public Task KillPostgres() => Own(Postgres).Kill();

    /// <summary>Stops in the order in which work flows, so that each part can still finish with the one behind it.</summary>
    public async Task Stop()
    {
        foreach (var process in _silos.Prepend(GatewayProcess))
        {
            if (process is not { HasExited: false })
                continue;
            process.Continue(); // A paused process would not hear that it should stop.
            await process.Terminate(StopLimit);
        }

        if (Postgres is not null)
            await Postgres.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        foreach (IAsyncDisposable? part in (IAsyncDisposable?[])[GatewayProcess, .. _silos, Postgres])
            if (part is not null)
                await part.DisposeAsync();
        _lock.Dispose();
    }

    private async Task StartAll(CancellationToken ct)
    {
        foreach (var name in new[] { "blobs", "pki" })
            Directory.CreateDirectory(Path.Combine(_folder, name));
        _ports = await RememberedPorts.Open(Path.Combine(_folder, "ports.json"), ct);
        _adminKey = await AdminKey.Keep(Path.Combine(_folder, "admin-key"), ct);
        _urlSigningKey = await PrivateFile.ReadOrCreate(Path.Combine(_folder, "url-signing-key"),
            () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), ct);
        // Where the silo looks for it; the gateway, which starts at the same time, gets a copy.
        _watermarkKey = await PrivateFile.ReadOrCreate(Path.Combine(_folder, "pki", "watermark.key"),
            () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), ct);
        _database = _options.Database ?? await StartOwnDatabase(ct);
        _siloPorts = new SiloPorts[_silos.Length];
        for (var silo = 0; silo < _silos.Length; silo++)
        {
            var name = silo == 0 ? "silo" : string.Create(CultureInfo.InvariantCulture, $"silo{silo}");
            _siloPorts[silo] = new(await _ports.For(name, ct), await _ports.For(name + "_gateway", ct), await _ports.For(name + "_metrics", ct));
        }
        _port = (
            _options.Port is { } chosen ? await _ports.Remember("gateway", chosen, ct) : await _ports.For("gateway", ct),
            await _ports.For("gateway_metrics", ct));
        if (_options.Port is { } busy && !FreePort.IsFree(busy))
            throw new InvalidOperationException($"Port {busy} is in use; choose another with --port.");

        _options.Say("Starting the silo and the gateway.");
        await LaunchSilo(0, ct);
        if (_silos.Length == 1)
            await LaunchGateway(ct); // Started together: the gateway keeps looking for its silo.
        await Ready(Silo!, SiloMetrics, ct);
        for (var silo = 1; silo < _silos.Length; silo++)
            await StartSilo(silo, ct); // After the first, which makes the schema.
        if (_silos.Length > 1)
        {
            _membership = await MembershipReader.Grant(_database, ct);
            await LaunchGateway(ct);
        }
        await Ready(GatewayProcess!, Gateway, ct);
        Access = await Bootstrap.Run(Path.Combine(_folder, "dev.json"), Gateway, _adminKey.Text, TrustAnchor, ct);
    }

    private async Task<string> StartOwnDatabase(CancellationToken ct)
    {
        await PostgresBinaries.Ensure(_options.Say, ct);
        _options.Say("Starting PostgreSQL.");
        Postgres = await PrivatePostgres.Start(new()
        {
            Folder = Path.Combine(_folder, "postgres"),
            Port = await _ports.For("postgres", ct),
            Durable = _options.Durable,
            LogFile = Path.Combine(Logs, "postgres.log"),
            Say = _options.Say,
        }, ct);
        var events = await Postgres.CreateDatabase("vitrine", ct);
        // Apart, so that an ordinary backup of the events holds no key of anybody.
        _keyDatabase = await Postgres.CreateDatabase("vitrine_keys", ct);
        await KeysApart.Move(Postgres.Programs, events, _keyDatabase, ct);
        return events;
    }

    private async Task LaunchSilo(int silo, CancellationToken ct)
    {
        if (_silos[silo] is { } former)
            await former.DisposeAsync();
        var name = silo == 0 ? "" : "-" + Number(silo);
        _silos[silo] = await ChildProcess.Start(Dotnet("silo" + name, _options.SiloProgram ?? _options.Repository.Program("Silo"), new()
        {
            ["Vitrine__Database"] = _database,
            ["Vitrine__KeyDatabase"] = _keyDatabase,
            ["Vitrine__SiloName"] = "local" + name,
            ["Vitrine__SiloPort"] = Number(_siloPorts[silo].Silo),
            ["Vitrine__GatewayPort"] = Number(_siloPorts[silo].Gateway),
            ["Vitrine__Urls"] = MetricsOf(silo),
            ["Vitrine__Blobs"] = Blobs,
            ["Vitrine__Models"] = _options.Models ?? Path.Combine(_options.Repository.Root, "models"),
            ["Vitrine__Policies"] = _options.Policies ?? Path.Combine(_options.Repository.Root, "policies"),
            ["Vitrine__Pki"] = Path.Combine(_folder, "pki"),
            ["Vitrine__AdminKeyDigest"] = _adminKey.Digest,
            ["Vitrine__Devices"] = _options.Devices,
        }, _options.SiloEnvironment), ct);
    }

    private async Task LaunchGateway(CancellationToken ct)
    {
        if (GatewayProcess is not null)
            await GatewayProcess.DisposeAsync();
        GatewayProcess = await ChildProcess.Start(Dotnet("gateway", _options.GatewayProgram ?? _options.Repository.Program("Gateway"), new()
        {
            ["ASPNETCORE_URLS"] = Gateway,
            // Of several silos the gateway must hear which have died: a list alone would go on trusting one that is frozen.
            ["Vitrine__Silos"] = _membership is null ? $"127.0.0.1:{_siloPorts[0].Gateway}" : null,
            ["Vitrine__Membership"] = _membership,
            ["Vitrine__MetricsPort"] = Number(_port.GatewayMetrics),
            ["Vitrine__Blobs"] = Blobs,
            ["Vitrine__UrlSigningKey"] = _urlSigningKey,
            ["Vitrine__PublicUrl"] = Gateway,
            ["Vitrine__WatermarkKey"] = _watermarkKey,
            ["Vitrine__TrustAnchors"] = TrustAnchor,
            ["Vitrine__TimeStampAnchors"] = Path.Combine(_folder, "pki", "tsa-root.pem"),
        }, _options.GatewayEnvironment), ct);
    }

    private ChildProcessOptions Dotnet(string name, string program, Dictionary<string, string?> environment, IReadOnlyDictionary<string, string?> further)
    {
        if (!File.Exists(program))
            throw new InvalidOperationException($"The {name} is not built: {program} is missing.");
        // The web address is each process's own matter; ours, if we have one, is not for them.
        environment.TryAdd("ASPNETCORE_URLS", null);
        foreach (var (key, value) in further)
            environment[key] = value;
        return new()
        {
            Name = name,
            Program = Repository.Dotnet,
            Arguments = ["exec", program],
            LogFile = Path.Combine(Logs, name + ".log"),
            Environment = environment,
            WorkingDirectory = Path.GetDirectoryName(program)!, // Where the program's own settings lie.
        };
    }

    private async Task Ready(ChildProcess process, string address, CancellationToken ct)
    {
        using var connection = new GatewayConnection(address, key: null);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_options.ReadyLimit);
        try
        {
            while (!await connection.Answers("health", limit.Token))
            {
                if (process.HasExited)
                    throw new InvalidOperationException($"The {process.Name} ended with {process.ExitCode} while starting. The end of its log:\n{await process.LogTail(15, ct)}");
                await Task.Delay(Poll, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new InvalidOperationException($"The {process.Name} was not ready after {_options.ReadyLimit.TotalSeconds:0} s. The end of its log:\n{await process.LogTail(15, ct)}");
        }
    }

    private static PrivatePostgres Own(PrivatePostgres? postgres) =>
        postgres ?? throw new InvalidOperationException("The database was given by its connection string; it is not ours to stop or start.");

    private sealed record SiloPorts(int Silo, int Gateway, int Metrics)
    {
        public string MetricsAddress => $"http://127.0.0.1:{Metrics}";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
