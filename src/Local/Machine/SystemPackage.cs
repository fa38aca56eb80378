namespace Vitrine.Local;

/// <summary>Something the system's package manager can install, under the name that each manager knows.</summary>
internal sealed record SystemPackage(string Title, string Apt, string Dnf, string Brew)
{
    /// <summary>Debian's package would also create and start a cluster of its own unless this file says no.</summary>
    public const string NoMainCluster =
        "f=/etc/postgresql-common/createcluster.conf; test -e $f || { mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > $f; }";

    public static SystemPackage Postgres { get; } = new("PostgreSQL server", "postgresql", "postgresql-server", "postgresql@17");

    public static SystemPackage Npm { get; } = new("npm", "npm", "npm", "node");

    /// <summary>On Red Hat it comes from RPM Fusion; where that is not set up, the plan fails and says what to do by hand.</summary>
    public static SystemPackage Ffmpeg { get; } = new("ffmpeg", "ffmpeg", "ffmpeg", "ffmpeg");
}

/// <summary>
/// What installing would take: commands in order, and whether we may run them without asking anyone for a password.
/// No commands means that no known package manager was found.
/// </summary>
internal sealed record InstallPlan(SystemPackage Package, IReadOnlyList<IReadOnlyList<string>> Commands, bool Allowed)
{
    public string ByHand => string.Join(" && ", Commands.Select(command => string.Join(' ', command.Select(Quoted))));

    public static async Task<InstallPlan> Decide(SystemPackage package, MachineProbe machine, CancellationToken ct)
    {
        if (machine.Has("brew"))
            return new(package, [["brew", "install", package.Brew]], Allowed: !machine.IsRoot());

        List<string[]> commands = [];
        if (machine.Has("apt-get"))
        {
            if (package == SystemPackage.Postgres)
                commands.Add(["sh", "-c", SystemPackage.NoMainCluster]);
            commands.Add(["apt-get", "update"]);
            commands.Add(["env", "DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1",
                "apt-get", "install", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", package.Apt]);
        }
        else if (machine.Has("dnf"))
        {
            commands.Add(["dnf", "install", "-y", package.Dnf]);
        }

        if (machine.IsRoot())
            return new(package, commands, Allowed: commands.Count > 0);
        var sudo = commands.Count > 0 && await machine.HasPasswordlessSudo(ct);
        return new(package, [.. commands.Select(command => (IReadOnlyList<string>)["sudo", .. sudo ? ["-n"] : Array.Empty<string>(), .. command])], sudo);
    }

    /// <summary>Says what it is about to do, and does it with the user watching.</summary>
    /// <exception cref="InvalidOperationException">Not allowed, no package manager, or a command failed; the message holds the command to run by hand.</exception>
    public async Task Execute(Action<string> say, CancellationToken ct)
    {
        if (Commands.Count == 0)
            throw new InvalidOperationException($"{Package.Title} is needed and not installed, and neither apt-get, dnf nor brew was found. Install it and try again.");
        if (!Allowed)
            throw new InvalidOperationException($"{Package.Title} is needed and not installed. Install it with: {ByHand}");
        say($"{Package.Title} is needed and not installed. Installing it with: {ByHand}");
        foreach (var command in Commands)
            if (await Command.Show(command[0], command.Skip(1), ct) is not 0 and var code)
                throw new InvalidOperationException($"\"{string.Join(' ', command)}\" ended with {code}. Install {Package.Title} by hand and try again.");
    }

    private static string Quoted(string argument) =>
        argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:@+".Contains(c)) ? argument : $"'{argument.Replace("'", "'\\''")}'";
}
