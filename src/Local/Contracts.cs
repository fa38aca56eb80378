namespace Vitrine.Local;

/// <summary>Regenerates OrleansContracts.txt, the reviewed record of everything that silos and clients say to each other.</summary>
public static class Contracts
{
    private static readonly string[] Projects = ["Grains.Interfaces", "Grains"];

    /// <summary>The rules of Orleans' contract analyzer, whose code fixes write the file.</summary>
    private static readonly string[] Rules = [.. Enumerable.Range(16, 9).Select(number => $"ORLEANS{number:0000}")];

    /// <returns>The first exit code that is not zero.</returns>
    public static async Task<int> Regenerate(Repository repository, CancellationToken ct)
    {
        foreach (var project in Projects)
        {
            // The fixer adds to the file but does not make it.
            var file = Path.Combine(repository.Root, "src", project, "OrleansContracts.txt");
            await File.AppendAllTextAsync(file, "", ct);
            string[] arguments = ["format", "analyzers", $"src/{project}/{project}.csproj", "--severity", "info", "--diagnostics", .. Rules];
            if (await Command.Show(Repository.Dotnet, arguments, ct, repository.Root, Repository.BuildEnvironment) is not 0 and var code)
                return code;
        }

        return 0;
    }
}
