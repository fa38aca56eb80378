using System.Globalization;

namespace Vitrine.Local;

/// <summary>An account of this machine, by number, because a group need not be called like its user.</summary>
internal sealed record UnixAccount(string Name, uint User, uint Group)
{
    public IReadOnlyList<string> DropArguments =>
        ["--reuid", Number(User), "--regid", Number(Group), "--clear-groups", "--no-new-privs"];

    /// <summary>
    /// The account that a PostgreSQL started by root runs under, because the server refuses to run as root: "postgres", else "nobody".
    /// </summary>
    /// <exception cref="InvalidOperationException">The machine has neither.</exception>
    public static UnixAccount ForPostgres(IEnumerable<string> passwdLines)
    {
        var accounts = passwdLines.Select(line => line.Split(':')).Where(fields => fields.Length >= 4).ToLookup(fields => fields[0]);
        var row = accounts["postgres"].Concat(accounts["nobody"]).FirstOrDefault()
            ?? throw new InvalidOperationException(
                "PostgreSQL refuses to run as root and this machine has neither a postgres nor a nobody account to run it under. Start as an ordinary user instead.");
        return new(row[0], uint.Parse(row[2], CultureInfo.InvariantCulture), uint.Parse(row[3], CultureInfo.InvariantCulture));
    }

    private static string Number(uint id) => id.ToString(CultureInfo.InvariantCulture);
}
