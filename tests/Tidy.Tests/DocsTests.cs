using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Vitrine.Gateway;
using Vitrine.Silo;

namespace Vitrine.Tidy.Tests;

public sealed partial class DocsTests
{
    private const string Settings = "docs/how-to/run-a-cluster.md";
    private static IEnumerable<string> Pages => Repository.Files.Where(file => file is "README.md" || file.StartsWith("docs/", StringComparison.Ordinal) && file.EndsWith(".md", StringComparison.Ordinal));

    [Fact]
    public void Links_lead_somewhere()
    {
        var findings = new Findings();
        foreach (var page in Pages)
        {
            var lines = Repository.Lines(page);
            for (var i = 0; i < lines.Length; i++)
                foreach (var target in Link().Matches(lines[i]).Select(match => match.Groups[1].Value.Split('#')[0]).Where(target => target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)))
                    if (!Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, target))) findings.Add(page, i + 1, $"'{target}' does not exist; mend the link.");
        }
        findings.AreNone();
    }

    /// <summary>Names of files and folders in code spans are promises too.</summary>
    [Fact]
    public void Paths_that_the_pages_name_exist()
    {
        var findings = new Findings();
        foreach (var page in Pages)
        {
            var lines = Repository.Lines(page);
            for (var i = 0; i < lines.Length; i++)
                foreach (var path in CodePath().Matches(lines[i]).Select(match => match.Groups[1].Value.TrimEnd('/')))
                    if (!Path.Exists(Repository.FullPath(path))) findings.Add(page, i + 1, $"'{path}' does not exist; name what is there now.");
        }
        findings.AreNone();
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps_and_have_three_parts()
    {
        var findings = new Findings();
        var number = 0;
        foreach (var page in Repository.Under("docs/adr", ".md"))
        {
            number++;
            if (!Path.GetFileName(page).StartsWith($"{number:0000}-", StringComparison.Ordinal)) findings.Add(page, 0, $"number {number:0000} comes next.");
            var headings = Repository.Lines(page).Where(line => line.StartsWith("## ", StringComparison.Ordinal)).ToList();
            if (!headings.SequenceEqual(["## Context", "## Decision", "## Consequences"])) findings.Add(page, 0, "has the parts Context, Decision, Consequences.");
        }
        findings.AreNone();
    }

    [Theory]
    [InlineData(typeof(SiloSettings))]
    [InlineData(typeof(GatewayOptions))]
    public void Every_setting_is_described_where_an_operator_looks(Type settings)
    {
        var findings = new Findings();
        var page = Repository.Text(Settings);
        foreach (var property in settings.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is { IsPublic: true }))
            if (!page.Contains($"| `{property.Name}` |", StringComparison.Ordinal)) findings.Add(Settings, 0, $"describe {settings.Name}.{property.Name} in the table of its settings: '| `{property.Name}` | default | meaning |'.");
        findings.AreNone();
    }

    [Fact]
    public void Every_policy_file_is_named_by_a_test()
    {
        var findings = new Findings();
        var tests = string.Join('\n', Repository.Code("tests").Select(Repository.Text));
        foreach (var policy in Repository.Under("policies").Where(policy => !tests.Contains(Path.GetFileName(policy), StringComparison.Ordinal)))
            findings.Add(policy, 0, "no test names it; write one that asks what it decides.");
        findings.AreNone();
    }

    [Fact]
    public void Every_package_version_is_used_or_labelled_as_a_pin()
    {
        var findings = new Findings();
        var used = Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) || file == "Directory.Build.props")
            .SelectMany(file => XDocument.Load(Repository.FullPath(file)).Descendants("PackageReference")).Select(reference => reference.Attribute("Include")!.Value).ToHashSet();
        foreach (var package in XDocument.Load(Repository.FullPath("Directory.Packages.props")).Descendants("PackageVersion"))
        {
            var pinned = package.Parent!.Attribute("Label")?.Value.StartsWith("transitive pins", StringComparison.Ordinal) == true;
            var name = package.Attribute("Include")!.Value;
            if (!pinned && !used.Contains(name)) findings.Add("Directory.Packages.props", 0, $"nobody uses {name}; take it out, or label it a transitive pin with its reason.");
        }
        findings.AreNone();
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")] private static partial Regex Link();
    [GeneratedRegex(@"`((?:src|tests|policies|models|docs|bench)/[\w./-]*\w/?)`")] private static partial Regex CodePath();
}
