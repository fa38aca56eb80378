using System.Globalization;
using System.Security.Cryptography;

namespace Vitrine.Local;

/// <summary>
/// The place of one private cluster: <c>data</c> belongs to the server's account, <c>password</c> to us alone.
/// </summary>
internal sealed record PostgresFolder(string Path, UnixAccount? Account)
{
    /// <summary>Home of clusters whose own folder the server's account cannot enter. Only root writes there, unlike /var/tmp.</summary>
    private const string Elsewhere = "/var/lib/vitrine";

    private const UnixFileMode Passable = PrivateFile.OwnerOnlyFolder | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string Data => System.IO.Path.Combine(Path, "data");

    public string PasswordFile => System.IO.Path.Combine(Path, "password");

    /// <summary>Major version of the cluster that lies here; null when there is none yet.</summary>
    public int? Major => File.Exists(System.IO.Path.Combine(Data, "PG_VERSION"))
        ? int.Parse(File.ReadAllText(System.IO.Path.Combine(Data, "PG_VERSION")), CultureInfo.InvariantCulture)
        : null;

    /// <summary>
    /// Makes the folder ready. When root works in a place that the server's account cannot reach (a clone under /root), the
    /// cluster goes to /var/lib/vitrine and the folder becomes a link to it: nobody's home directory is opened for our sake.
    /// </summary>
    /// <exception cref="InvalidOperationException">A cluster lies here but the server's account can no longer reach it.</exception>
    public static async Task<PostgresFolder> Prepare(string path, Action<string> say, CancellationToken ct)
    {
        path = System.IO.Path.GetFullPath(path);
        var account = Posix.IsRoot ? UnixAccount.ForPostgres(File.ReadLines("/etc/passwd")) : null;
        var home = Directory.Exists(path) ? Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        var folder = new PostgresFolder(home, account);
        if (!Directory.Exists(home))
        {
            File.Delete(path); // A link whose target was removed.
            Directory.CreateDirectory(home);
        }

        File.SetUnixFileMode(home, account is null ? PrivateFile.OwnerOnlyFolder : Passable);
        if (account is null || await CanEnter(account, home, ct))
            return folder;
        if (folder.Major is not null)
            throw new InvalidOperationException(
                $"The account {account.Name}, under which the server runs, can no longer enter {home}. Allow it to pass through the folders above, or move the clone.");
        return MoveElsewhere(path, account, say);
    }

    /// <summary>Makes the cluster when there is none. A crash on the way leaves only data.new, which the next start clears away.</summary>
    public async Task Initialise(PostgresBinaries binaries, bool durable, CancellationToken ct)
    {
        var password = await PrivateFile.ReadOrCreate(PasswordFile, () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)), ct);
        if (Account is not null)
            Posix.Give(PasswordFile, 0, 0);
        if (Major is not null)
            return;

        var unfinished = Data + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished, PrivateFile.OwnerOnlyFolder);
        var passwordForInitDb = PasswordFile + ".initdb"; // initdb reads a file of its own account; ours stays ours throughout.
        await PrivateFile.Write(passwordForInitDb, password + "\n", ct);
        try
        {
            if (Account is not null)
            {
                Posix.Give(unfinished, Account.User, Account.Group);
                Posix.Give(passwordForInitDb, Account.User, Account.Group);
            }

            await RunInitDb(binaries, unfinished, passwordForInitDb, durable, ct);
        }
        finally
        {
            File.Delete(passwordForInitDb);
        }

        Directory.Move(unfinished, Data);
    }

    public async Task<string> ReadPassword(CancellationToken ct) => (await File.ReadAllTextAsync(PasswordFile, ct)).Trim();

    private async Task RunInitDb(PostgresBinaries binaries, string data, string passwordFile, bool durable, CancellationToken ct)
    {
        string[] arguments =
        [
            "-D", data, "-U", PrivatePostgres.Superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256", "--data-checksums",
            "--encoding", "UTF8", "--locale", OperatingSystem.IsMacOS() ? "C" : "C.UTF-8", .. durable ? [] : new[] { "--no-sync" },
        ];
        var result = Account is null
            ? await Command.Run(binaries.InitDb, arguments, ct, "/", PrivatePostgres.Environment)
            : await Command.Run(Setpriv, [.. Account.DropArguments, binaries.InitDb, .. arguments], ct, "/", PrivatePostgres.Environment);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"initdb could not make a cluster in {data} (exit code {result.ExitCode}): {result.Everything}");
    }

    private static PostgresFolder MoveElsewhere(string path, UnixAccount account, Action<string> say)
    {
        // The name is drawn by chance, not derived from the path, so that a new clone in an old place starts empty.
        var home = System.IO.Path.Combine(Elsewhere, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        Directory.CreateDirectory(home);
        File.SetUnixFileMode(Elsewhere, Passable);
        File.SetUnixFileMode(home, Passable);
        Directory.Delete(path, recursive: true); // Held no cluster; that was checked.
        Directory.CreateSymbolicLink(path, home);
        say($"The account {account.Name}, under which the database server runs, cannot enter {path}. The database lies in {home}; {path} links to it.");
        return new(home, account);
    }

    /// <summary>Asked by trying, as that account: modes, access lists and mount options then all count.</summary>
    private static async Task<bool> CanEnter(UnixAccount account, string folder, CancellationToken ct) =>
        (await Command.Run(Setpriv, [.. account.DropArguments, "test", "-x", folder], ct, "/")).ExitCode == 0;

    private static string Setpriv => SearchPath.Find("setpriv")
        ?? throw new InvalidOperationException("PostgreSQL refuses to run as root, and giving up root's rights needs setpriv; install util-linux or start as an ordinary user.");
}
