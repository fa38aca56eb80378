using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Vitrine.Local;

/// <summary>What we ask a machine before deciding which server to run or how to install one. Tests answer for machines they do not have.</summary>
internal sealed partial record MachineProbe
{
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    public Func<string, bool> FileExists { get; init; } = File.Exists;

    /// <summary>Names of the subfolders of a folder; empty when it does not exist.</summary>
    public Func<string, IReadOnlyList<string>> Subfolders { get; init; } = folder =>
        Directory.Exists(folder) ? [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path))] : [];

    public Func<IReadOnlyList<string>> PathFolders { get; init; } = () => [.. SearchPath.Folders];

    public Func<bool> IsRoot { get; init; } = () => Posix.IsRoot;

    public Func<CancellationToken, Task<bool>> HasPasswordlessSudo { get; init; } = AskSudo;

    /// <summary>Major version of the postgres program in a folder; null when it does not say one.</summary>
    public Func<string, CancellationToken, Task<int?>> PostgresMajor { get; init; } = AskPostgres;

    public bool Has(string program) => PathFolders().Any(folder => FileExists(Path.Combine(folder, program)));

    private static async Task<bool> AskSudo(CancellationToken ct) =>
        SearchPath.Find("sudo") is { } sudo && (await Command.Run(sudo, ["-n", "true"], ct)).ExitCode == 0;

    private static async Task<int?> AskPostgres(string folder, CancellationToken ct)
    {
        try
        {
            var answer = await Command.Run(Path.Combine(folder, "postgres"), ["--version"], ct);
            return VersionInAnswer().Match(answer.Output) is { Success: true } match
                ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : null;
        }
        catch (Win32Exception)
        {
            return null; // Present but not runnable here, for example built for another processor.
        }
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d{1,4})")]
    private static partial Regex VersionInAnswer();
}
