namespace Vitrine.Local;

/// <summary>The clone we work in: where its built programs are, and how to build them.</summary>
public sealed record Repository(string Root)
{
    /// <summary>Everything local runs the release build, so that tests, demo and measurements speak of the same programs.</summary>
    public const string Configuration = "Release";

    /// <summary>The dotnet that runs us.</summary>
    public static string Dotnet =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host
        : Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>The first folder upwards that holds Platform.sln.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Repository Find(string start)
    {
        for (var folder = Path.GetFullPath(start); folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Platform.sln")))
                return new(folder);
        throw new InvalidOperationException($"Neither {start} nor a folder above it holds Platform.sln.");
    }

    /// <summary>Path of a project's built assembly: "Silo" → artifacts/bin/Silo/release/Vitrine.Silo.dll.</summary>
    public string Program(string project) => Path.Combine(Root, "artifacts", "bin", project, Configuration.ToLowerInvariant(), $"Vitrine.{project}.dll");

    /// <summary>Builds a project or the solution; quiet unless something is wrong.</summary>
    /// <param name="compileAhead">Whether the platform's programs shall start faster and be built more slowly, see Directory.Build.targets.</param>
    /// <exception cref="InvalidOperationException">The build failed; its messages are on the console.</exception>
    public async Task Build(string project, CancellationToken ct, bool compileAhead = false)
    {
        // Not `dotnet build`, which always adds a summary.
        string[] arguments = ["msbuild", project, "-restore", $"-p:Configuration={Configuration}", $"-p:CompileAhead={compileAhead}", "-nologo", "-verbosity:quiet", "-consoleLoggerParameters:NoSummary"];
        if (await Command.Show(Dotnet, arguments, ct, Root, BuildEnvironment) is not 0 and var code)
            throw new InvalidOperationException($"Building {project} failed with {code}; the messages above say why.");
    }

    /// <summary>No build nodes stay behind, and what `dotnet run` told its own build is not repeated to ours.</summary>
    internal static IReadOnlyDictionary<string, string?> BuildEnvironment { get; } = new Dictionary<string, string?>
    {
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["MSBuildSDKsPath"] = null,
        ["MSBuildExtensionsPath"] = null,
        ["MSBUILD_EXE_PATH"] = null,
    };
}
