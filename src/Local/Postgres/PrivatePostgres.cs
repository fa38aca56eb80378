using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Vitrine.Local;

/// <summary>
/// A PostgreSQL server of our own, run from installed programs as a child process: only on 127.0.0.1, with a random password,
/// gone when we are gone. Made for one machine: development, tests, measurements. Its methods are not for concurrent use.
/// </summary>
public sealed partial class PrivatePostgres : IAsyncDisposable
{
    internal const string Superuser = "vitrine";

    /// <summary>Server messages in English and without the caller's PG* settings.</summary>
    internal static readonly IReadOnlyDictionary<string, string?> Environment = new Dictionary<string, string?>
    {
        ["LC_ALL"] = "C",
        ["HOME"] = "/",
        ["PGDATA"] = null,
        ["PGPORT"] = null,
        ["PGOPTIONS"] = null,
    };

    private const int PortAttempts = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2); // Recovery after a crash under load may take its time.
    private static readonly TimeSpan FastShutdownLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ImmediateShutdownLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    private readonly PrivatePostgresOptions _options;
    private readonly PostgresFolder _folder;
    private readonly PostgresBinaries _binaries;

    /// <summary>Folder of the programs of this server's version.</summary>
    internal string Programs => _binaries.Folder;

    private readonly FolderLock _lock;
    private readonly string _password;
    private ChildProcess? _server;

    private PrivatePostgres(PrivatePostgresOptions options, PostgresFolder folder, PostgresBinaries binaries, FolderLock held, string password) =>
        (_options, _folder, _binaries, _lock, _password) = (options, folder, binaries, held, password);

    public int Port { get; private set; }

    /// <summary>Process number of the postmaster; null while the server is down.</summary>
    public int? ProcessId => _server is { HasExited: false } running ? running.Id : null;

    /// <summary>Where the server's own messages go.</summary>
    public string LogFile => _options.LogFile ?? Path.Combine(_folder.Path, "postgres.log");

    /// <summary>Where the data really lies; differs from the option when root had to place it elsewhere.</summary>
    public string Folder => _folder.Path;

    /// <summary>The superuser's connection to the database "postgres".</summary>
    public string ConnectionString => ConnectionTo("postgres");

    /// <summary>Starts a server on the folder's cluster, making the cluster on first use, and returns when it accepts connections.</summary>
    /// <exception cref="InvalidOperationException">
    /// No server programs (see <see cref="PostgresBinaries.Ensure(Action{string}, CancellationToken)"/>), the folder is in use or not reachable, or the server
    /// did not come up; the message says which and quotes the server.
    /// </exception>
    public static async Task<PrivatePostgres> Start(PrivatePostgresOptions options, CancellationToken ct)
    {
        var folder = await PostgresFolder.Prepare(options.Folder, options.Say, ct);
        var held = FolderLock.Take(folder.Path);
        try
        {
            var binaries = await PostgresBinaries.Find(new MachineProbe(), folder.Major, ct)
                ?? throw new InvalidOperationException(folder.Major is { } needed
                    ? $"The cluster in {folder.Path} needs the server programs of PostgreSQL {needed}, which are not installed."
                    : "No PostgreSQL server programs were found; install postgresql or set VITRINE_PG_BIN to their folder.");
            await EndLeftover(folder, ct);
            await folder.Initialise(binaries, options.Durable, ct);
            var server = new PrivatePostgres(options, folder, binaries, held, await folder.ReadPassword(ct));
            await server.Launch(options.Port, ct);
            return server;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>A connection string for a database of this server, whether or not it exists.</summary>
    public string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = Superuser,
        Password = _password,
        Database = database,
        MaxPoolSize = 64,
    }.ConnectionString;

    /// <summary>Makes a database unless it exists, and returns its connection string.</summary>
    /// <exception cref="ArgumentException">The name is not 1 to 63 lower-case letters, digits and underscores beginning with a letter.</exception>
    public async Task<string> CreateDatabase(string name, CancellationToken ct)
    {
        if (!DatabaseName().IsMatch(name))
            throw new ArgumentException($"\"{name}\" is no database name: use 1 to 63 lower-case letters, digits and underscores, a letter first.", nameof(name));
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(ct);
        await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
        try
        {
            await create.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException exists) when (exists.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            // Made by an earlier start.
        }

        return ConnectionTo(name);
    }

    /// <summary>
    /// Kills the server and every backend with SIGKILL, as a power cut would as far as the database can tell: nothing is flushed or said goodbye to.
    /// The postmaster is frozen first so that it cannot fork while its children are counted.
    /// </summary>
    public async Task Kill()
    {
        if (_server is not { HasExited: false } server)
            return;
        server.Pause();
        var children = (await ProcessTable.Read(CancellationToken.None)).Where(process => process.Parent == server.Id).ToList();
        await server.Kill();
        foreach (var child in children)
            Posix.Send(child.Id, Signals.Kill);
        foreach (var child in children)
            await ProcessTable.Gone(child.Id, ImmediateShutdownLimit, CancellationToken.None);
    }

    /// <summary>Completes when the server has ended.</summary>
    public Task Exited(CancellationToken ct) => _server?.Exited(ct) ?? Task.CompletedTask;

    /// <summary>Shuts down cleanly, ending open sessions; after 30 s more and more bluntly.</summary>
    public async Task Stop()
    {
        if (_server is not { HasExited: false } server)
            return;
        server.Continue(); // A paused server would not hear the next signal.
        if (!await server.EndBy(Signals.Interrupt, FastShutdownLimit, killAfterwards: false)
            && !await server.EndBy(Signals.Quit, ImmediateShutdownLimit, killAfterwards: false))
            await Kill();
    }

    /// <summary>Starts again on the same port and data, after <see cref="Kill"/> or <see cref="Stop"/>, or stopping first when it runs.</summary>
    public async Task Restart(CancellationToken ct)
    {
        await Stop();
        await EndLeftover(_folder, ct);
        await Launch(Port, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        if (_server is not null)
            await _server.DisposeAsync();
        _lock.Dispose();
    }

    private async Task Launch(int? wanted, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = wanted ?? FreePort.Take();
            if (_server is not null)
                await _server.DisposeAsync();
            _server = await ChildProcess.Start(new()
            {
                Name = "PostgreSQL",
                Program = _binaries.Postgres,
                Arguments = Arguments(),
                LogFile = LogFile,
                Environment = Environment,
                WhenParentDies = Signals.Interrupt, // A fast, clean shutdown.
                Account = _folder.Account,
            }, ct);
            try
            {
                await Ready(_server, ct);
                return;
            }
            catch (InvalidOperationException) when (wanted is null && attempt < PortAttempts && !FreePort.IsFree(Port))
            {
                // Someone else took the port between our looking and the server's binding; the next one will do.
            }
            catch
            {
                await Kill();
                throw;
            }
        }
    }

    private List<string> Arguments()
    {
        var settings = new List<string>
        {
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "log_min_messages=warning",
            "log_line_prefix=%m [%p] ",
            "password_encryption=scram-sha-256",
            string.Create(CultureInfo.InvariantCulture, $"idle_in_transaction_session_timeout={(long)_options.IdleTransactionLimit.TotalMilliseconds}"),
        };
        if (!_options.Durable)
            settings.AddRange(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
        return ["-D", _folder.Data, "-p", Port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(setting => new[] { "-c", setting })];
    }

    /// <summary>Tries to log in until it works: that the port is open says neither that recovery is over nor that the server is ours.</summary>
    private async Task Ready(ChildProcess server, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        try
        {
            while (true)
            {
                if (server.HasExited)
                    throw new InvalidOperationException($"PostgreSQL ended with {server.ExitCode} while starting on {_folder.Data}: {await server.LogTail(5, ct)}");
                try
                {
                    await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false;Timeout=2");
                    await connection.OpenAsync(limit.Token);
                    return;
                }
                catch (NpgsqlException wrong) when (wrong.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
                {
                    throw new InvalidOperationException($"The server on port {Port} refuses the password in {_folder.PasswordFile}.", wrong);
                }
                catch (NpgsqlException)
                {
                    await Task.Delay(Poll, limit.Token);
                }
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new InvalidOperationException($"PostgreSQL did not accept connections within {StartLimit.TotalSeconds:0} s: {await server.LogTail(5, ct)}");
        }
    }

    /// <summary>
    /// Deals with the postmaster.pid of a server that was not stopped by us. We hold the folder's lock, so a live server on this
    /// cluster is an orphan on its way out, and is helped. A number that now belongs to some other program would make PostgreSQL
    /// refuse to start, so that file is removed; a number that belongs to nobody PostgreSQL handles by itself, with better checks.
    /// </summary>
    private static async Task EndLeftover(PostgresFolder folder, CancellationToken ct)
    {
        var pidFile = Path.Combine(folder.Data, "postmaster.pid");
        if (!File.Exists(pidFile) || !int.TryParse((await File.ReadAllLinesAsync(pidFile, ct)).FirstOrDefault(), out var id))
            return;
        var holder = (await ProcessTable.Read(ct)).FirstOrDefault(process => process.Id == id && !process.Zombie);
        if (holder is null)
            return;
        if (!holder.Arguments.Contains(folder.Data))
        {
            File.Delete(pidFile);
            return;
        }

        foreach (var (signal, patience) in new[] { (Signals.Interrupt, FastShutdownLimit), (Signals.Quit, ImmediateShutdownLimit), (Signals.Kill, ImmediateShutdownLimit) })
        {
            Posix.Send(id, signal);
            if (await ProcessTable.Gone(id, patience, ct))
                return;
        }

        throw new InvalidOperationException($"The earlier PostgreSQL process {id} on {folder.Data} could not be ended.");
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,62}$")]
    private static partial Regex DatabaseName();
}
