namespace Vitrine.Local;

/// <summary>A folder with the programs of an installed PostgreSQL server (postgres, initdb), and its major version.</summary>
public sealed record PostgresBinaries(string Folder, int Major)
{
    /// <summary>Marten needs 13; older servers are not looked at.</summary>
    public const int OldestMajor = 13;

    private static readonly string[] Homebrew = ["/opt/homebrew/opt", "/usr/local/opt"];

    internal string Postgres => Path.Combine(Folder, "postgres");

    internal string InitDb => Path.Combine(Folder, "initdb");

    /// <summary>
    /// The newest installed server, or null. VITRINE_PG_BIN, a folder, overrides the search; then the layouts of Debian
    /// (/usr/lib/postgresql), Red Hat (/usr/pgsql-N), Homebrew (opt/postgresql@N), and PATH.
    /// </summary>
    /// <exception cref="InvalidOperationException">VITRINE_PG_BIN names a folder without a usable server.</exception>
    public static Task<PostgresBinaries?> Find(CancellationToken ct) => Find(new MachineProbe(), major: null, ct);

    /// <summary>Finds a server or installs one through the system's package manager, saying so first.</summary>
    /// <exception cref="InvalidOperationException">There is none and we may not or cannot install one; the message holds the command.</exception>
    public static Task<PostgresBinaries> Ensure(Action<string> say, CancellationToken ct) => Ensure(new MachineProbe(), say, ct);

    internal static async Task<PostgresBinaries> Ensure(MachineProbe machine, Action<string> say, CancellationToken ct)
    {
        if (await Find(machine, major: null, ct) is { } found)
            return found;
        await (await InstallPlan.Decide(SystemPackage.Postgres, machine, ct)).Execute(say, ct);
        return await Find(machine, major: null, ct)
            ?? throw new InvalidOperationException("PostgreSQL was installed but its server programs were not found; set VITRINE_PG_BIN to their folder.");
    }

    /// <summary>With <paramref name="major"/>, only that version will do: a data folder belongs to one major version.</summary>
    internal static async Task<PostgresBinaries?> Find(MachineProbe machine, int? major, CancellationToken ct)
    {
        if (machine.Variable("VITRINE_PG_BIN") is { Length: > 0 } chosen)
            return await At(chosen, machine, ct)
                ?? throw new InvalidOperationException($"VITRINE_PG_BIN is {chosen}, which holds no usable postgres and initdb of version {OldestMajor} or later.");

        PostgresBinaries? best = null;
        foreach (var folder in Candidates(machine).Distinct())
            if (await At(folder, machine, ct) is { } found && (major ?? found.Major) == found.Major && found.Major > (best?.Major ?? 0))
                best = found;
        return best;
    }

    private static IEnumerable<string> Candidates(MachineProbe machine) =>
    [
        .. machine.Subfolders("/usr/lib/postgresql").Select(version => $"/usr/lib/postgresql/{version}/bin"),
        .. machine.Subfolders("/usr").Where(name => name.StartsWith("pgsql-", StringComparison.Ordinal)).Select(name => $"/usr/{name}/bin"),
        .. Homebrew.SelectMany(root => machine.Subfolders(root)
            .Where(name => name.StartsWith("postgresql", StringComparison.Ordinal)).Select(name => $"{root}/{name}/bin")),
        .. machine.PathFolders(),
    ];

    private static async Task<PostgresBinaries?> At(string folder, MachineProbe machine, CancellationToken ct) =>
        machine.FileExists(Path.Combine(folder, "postgres")) && machine.FileExists(Path.Combine(folder, "initdb"))
            && await machine.PostgresMajor(folder, ct) is >= OldestMajor and var major
                ? new(folder, major)
                : null;
}
