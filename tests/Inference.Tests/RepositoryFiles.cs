namespace Vitrine.Inference.Tests;

/// <summary>Where the models and fixtures of this checkout are.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static string Models => Path.Combine(Root, "models");

    public static string Sticker => Path.Combine(Models, "vitrine-sticker");

    /// <summary>The silo's program in its role as an engine's process, of the same configuration as these tests.</summary>
    public static EngineProgram EngineProgram { get; } = new(Environment.ProcessPath!,
        [Path.Combine(Root, "artifacts", "bin", "Silo", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "Vitrine.Silo.dll"), EngineHost.Command]);

    public static string Fixture(params string[] path) => Path.Combine([Root, "tests", "Inference.Tests", "fixtures", .. path]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No folder above the tests holds Platform.sln.");
    }
}
