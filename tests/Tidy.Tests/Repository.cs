using System.Diagnostics;
using System.Xml.Linq;

namespace Vitrine.Tidy.Tests;

/// <summary>The files of the repository as git lists them: tracked ones, and new ones that are not ignored.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Paths from the root with '/', of files that exist.</summary>
    public static IReadOnlyList<string> Files { get; } = List();

    public static IEnumerable<string> Under(string folder, params string[] endings) =>
        Files.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal) && (endings.Length == 0 || endings.Any(end => file.EndsWith(end, StringComparison.Ordinal))));

    /// <summary>C# files, without those of this project: they name what they forbid.</summary>
    public static IEnumerable<string> Code(params string[] folders) =>
        folders.SelectMany(folder => Under(folder, ".cs")).Where(file => !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal));

    public static string FullPath(string file) => Path.Combine(Root, file);
    public static string Text(string file) => File.ReadAllText(FullPath(file));
    public static string[] Lines(string file) => File.ReadAllLines(FullPath(file));

    /// <summary>Projects under src/ with the names of the projects that each refers to.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> References { get; } = Under("src", ".csproj").ToDictionary(
        file => Path.GetFileNameWithoutExtension(file),
        IReadOnlySet<string> (file) => XDocument.Load(FullPath(file)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).ToHashSet());

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    private static List<string> List()
    {
        // The files may belong to another account than the one that runs the tests; we only read.
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root, RedirectStandardOutput = true,
        };
        using var git = Process.Start(start) ?? throw new InvalidOperationException("git did not start.");
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0
            ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(Root, file))).Distinct().Order(StringComparer.Ordinal)]
            : throw new InvalidOperationException($"git ls-files ended with {git.ExitCode}: these tests need a git checkout.");
    }
}
