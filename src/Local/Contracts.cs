namespace Vitrine.Local;

/// <summary>Regenerates OrleansContracts.txt, the reviewed record of everything that silos and clients say to each other.</summary>
public static class Contracts
{
    private static readonly string[] Projects = ["Grains.Interfaces", "Grains"];

    /// <summary>
    /// The rules of Orleans' contract analyzer whose fixes write the file. ORLEANS0021 is left out, as the file's own heading has it:
    /// its fix would change the source.
    /// </summary>
    private static readonly string[] Rules =
        ["ORLEANS0016", "ORLEANS0017", "ORLEANS0018", "ORLEANS0019", "ORLEANS0020", "ORLEANS0022", "ORLEANS0023", "ORLEANS0024"];

    /// <returns>The first exit code that is not zero.</returns>
    public static async Task<int> Regenerate(Repository repository, CancellationToken ct)
    {
        foreach (var project in Projects)
        {
            string[] arguments = ["format", $"src/{project}/{project}.csproj", "analyzers", "--severity", "info", "--diagnostics", .. Rules];
            if (await Command.Show(Repository.Dotnet, arguments, ct, repository.Root, Repository.BuildEnvironment) is not 0 and var code)
                return code;
        }

        return 0;
    }
}
