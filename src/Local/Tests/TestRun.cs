namespace Vitrine.Local;

/// <summary>Builds the solution and runs every test project of it, one after the other: they share the processors, a database each, and sometimes a port.</summary>
public sealed class TestRun(Repository repository, TextWriter output)
{
    private string TestsFolder => Path.Combine(repository.Root, "tests");

    private string ResultsFolder => Path.Combine(repository.Root, "artifacts", "tests");

    /// <summary>Processes of tests live for seconds to minutes: code that is compiled once more to be counted costs them more than it brings.</summary>
    private static IReadOnlyDictionary<string, string?> Environment { get; } = new Dictionary<string, string?>(Repository.BuildEnvironment) { ["DOTNET_TieredPGO"] = "0" };

    /// <summary>A test's name can hold its arguments, and those a whole prompt.</summary>
    private const int LongestName = 300;

    /// <summary>Runs all tests, or those whose full name contains <paramref name="filter"/>, and writes the sum as the last line.</summary>
    /// <returns>Zero only when at least one test ran and none failed.</returns>
    /// <exception cref="InvalidOperationException">The solution does not build, or a needed program is missing and may not be installed.</exception>
    public async Task<int> Run(string? filter, CancellationToken ct)
    {
        await PostgresBinaries.Ensure(output.WriteLine, ct);
        await VideoProgram.Ensure(output.WriteLine, ct);
        await InstallModules(ct);
        output.WriteLine("Building Platform.sln.");
        await repository.Build("Platform.sln", ct, compileAhead: true);

        var sum = TestResults.None;
        foreach (var project in Projects())
            sum = sum.Plus(await RunProject(project, filter, ct));
        foreach (var failed in sum.Failed)
            output.WriteLine($"FAILED {(failed.Name.Length <= LongestName ? failed.Name : failed.Name[..LongestName] + "…")}\n  {failed.Message.ReplaceLineEndings("\n  ")}");
        output.WriteLine(sum.Sentence);
        return sum.Good ? 0 : 1;
    }

    private IEnumerable<string> Projects() =>
        Directory.GetDirectories(TestsFolder, "*.Tests").Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    private async Task<TestResults> RunProject(string project, string? filter, CancellationToken ct)
    {
        var program = repository.Program(project);
        if (!File.Exists(program))
            return TestResults.Crashed(project, $"It is not part of Platform.sln: the build made no {program}.");
        Directory.CreateDirectory(ResultsFolder);
        var trx = Path.Combine(ResultsFolder, project + ".trx");
        File.Delete(trx); // An old result must not pass for a new one.

        string[] arguments = ["test", program, "--nologo", "--logger", $"trx;LogFileName={trx}", "--results-directory", ResultsFolder];
        var run = await Command.Run(
            Repository.Dotnet, filter is null ? arguments : [.. arguments, "--filter", $"FullyQualifiedName~{filter}"], ct, repository.Root, Environment);
        var results = await Read(trx, project, run, filter, ct);
        output.WriteLine($"{project}: {results.Sentence}");
        return results;
    }

    private static async Task<TestResults> Read(string trx, string project, CommandResult run, string? filter, CancellationToken ct)
    {
        if (!File.Exists(trx))
            return filter is not null && run.ExitCode == 0
                ? TestResults.None // Nothing here matches the filter.
                : TestResults.Crashed(project, $"It left no results (exit code {run.ExitCode}).\n{run.Everything}");
        try
        {
            await using var stream = File.OpenRead(trx);
            return TestResults.Read(stream, project, run.ExitCode);
        }
        catch (System.Xml.XmlException cutOff)
        {
            ct.ThrowIfCancellationRequested();
            return TestResults.Crashed(project, $"Its results cannot be read ({cutOff.Message}).\n{run.Everything}");
        }
    }

    /// <summary>Some tests drive the gateway with other vendors' JavaScript clients; their modules are installed exactly as locked.</summary>
    private async Task InstallModules(CancellationToken ct)
    {
        var manifests = Directory.EnumerateFiles(TestsFolder, "package.json", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}node_modules{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToList();
        if (manifests.Count > 0 && SearchPath.Find("npm") is null)
            await (await InstallPlan.Decide(SystemPackage.Npm, new MachineProbe(), ct)).Execute(output.WriteLine, ct);
        foreach (var folder in manifests.Select(file => Path.GetDirectoryName(file)!).Where(NeedsModules))
        {
            output.WriteLine($"Installing the modules of {Path.GetRelativePath(repository.Root, folder)}.");
            var install = await Command.Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ct, folder);
            if (install.ExitCode != 0)
                throw new InvalidOperationException($"npm ci in {folder} ended with {install.ExitCode}: {install.Everything}");
        }
    }

    /// <summary>npm writes this file last, so it is there, and newer than the lock, exactly when the modules are complete.</summary>
    private static bool NeedsModules(string folder)
    {
        var done = new FileInfo(Path.Combine(folder, "node_modules", ".package-lock.json"));
        return !done.Exists || done.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(folder, "package-lock.json"));
    }
}
