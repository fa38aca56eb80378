using System.Text.RegularExpressions;

namespace Vitrine.Tidy.Tests;

/// <summary>Small habits of files and folders.</summary>
public sealed partial class WritingTests
{
    private static readonly string[] RootEntries =
    [
        ".ci", ".editorconfig", ".gitattributes", ".gitignore", "BannedSymbols.txt", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "LICENSE", "NOTICE", "Platform.sln", "README.md",
        "bench", "dev.cs", "docs", "global.json", "models", "policies", "src", "tests", "training",
    ];

    private const long LargestFileBytes = 16 * 1024 * 1024;

    private static IEnumerable<string> Written => Repository.Files.Where(file =>
        TextFile().IsMatch(file) && !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal) && !file.Contains("/fixtures/", StringComparison.Ordinal) && !file.EndsWith("package-lock.json", StringComparison.Ordinal));

    [Fact]
    public void Tests_do_not_sleep() => new Findings().Search(Repository.Code("tests"), Sleep(), "await a fact (an answer, a state, a TaskCompletionSource), or move a time that the test owns.").AreNone();

    [Fact]
    public void No_test_is_skipped() => new Findings().Search(Repository.Code("tests"), Skipped(), "a test that does not run proves nothing; mend it or take it out.").AreNone();

    [Fact]
    public void Nothing_is_left_for_later() => new Findings().Search(Written, Later(), "do it now, or write what is missing into docs/architecture.md.").AreNone();

    [Fact]
    public void No_file_names_a_path_of_one_machine() =>
        new Findings().Search(Written.Where(file => Shipped().IsMatch(file)), MachinePath(), "say it relative to the repository, or ask the system for its temporary folder.").AreNone();

    [Fact]
    public void Folders_are_named_after_nouns_of_the_domain()
    {
        var findings = new Findings();
        foreach (var folder in Repository.Files.Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/')).Distinct().Where(folder => folder.Split('/').Any(part => Drawer().IsMatch(part))))
            findings.Add(folder, 0, "a drawer for everything has no noun; name what lies in it.");
        findings.AreNone();
    }

    [Fact]
    public void The_root_holds_nothing_unexpected()
    {
        var findings = new Findings();
        foreach (var entry in Repository.Files.Select(file => file.Split('/')[0]).Distinct().Except(RootEntries))
            findings.Add(entry, 0, "the root stays clean: decisions go to docs/adr, plans and hand-offs nowhere. If it truly belongs here, add it to RootEntries.");
        findings.AreNone();
    }

    [Fact]
    public void No_file_is_too_large_for_git()
    {
        var findings = new Findings();
        foreach (var file in Repository.Files.Where(file => new FileInfo(Repository.FullPath(file)).Length > LargestFileBytes))
            findings.Add(file, 0, $"has more than {LargestFileBytes >> 20} MiB; every clone would carry it for ever.");
        findings.AreNone();
    }

    [GeneratedRegex(@"\.(cs|csproj|props|md|yaml|yml|json|mjs|txt|sln)$|^\.ci/run$")] private static partial Regex TextFile();
    [GeneratedRegex(@"^(src|docs|bench|policies|README\.md|dev\.cs|Directory)")] private static partial Regex Shipped();
    [GeneratedRegex(@"\bThread\.Sleep\(|\bTask\.Delay\(")] private static partial Regex Sleep();
    [GeneratedRegex(@"\bSkip\s*=\s*")] private static partial Regex Skipped();
    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|\bNotImplementedException\b")] private static partial Regex Later();
    [GeneratedRegex(@"(?<![\w.:/])/(work|root|tmp|home)/")] private static partial Regex MachinePath();
    [GeneratedRegex("^(common|core|shared|utils?|helpers?|services?|misc)$", RegexOptions.IgnoreCase)] private static partial Regex Drawer();
}
