using System.Text.RegularExpressions;

namespace Vitrine.Tidy.Tests;

public sealed partial class ArchitectureTests
{
    private const string Page = "docs/architecture.md";
    private static readonly string[] Leaves = ["Policies", "Media", "Provenance", "Inference"];

    [Fact]
    public void The_arrows_of_the_architecture_page_are_the_project_references()
    {
        var findings = new Findings();
        var lines = Repository.Lines(Page);
        // The first diagram of the page is the one of the projects; the others tell other stories.
        var first = Array.FindIndex(lines, line => line == "```mermaid");
        var last = Array.FindIndex(lines, first + 1, line => line == "```");
        var drawn = new HashSet<(string, string)>();
        for (var i = first; i < last; i++)
        {
            if (Arrow().Match(lines[i]) is not { Success: true } arrow) continue;
            var (from, to) = (arrow.Groups[1].Value, arrow.Groups[2].Value);
            drawn.Add((from, to));
            if (!Repository.References.TryGetValue(from, out var references) || !references.Contains(to))
                findings.Add(Page, i + 1, $"{from} does not refer to {to}; take the arrow out, or the reference is missing.");
        }
        foreach (var (from, references) in Repository.References)
            foreach (var to in references.Where(to => !drawn.Contains((from, to))))
                findings.Add($"src/{from}/{from}.csproj", 0, $"refers to {to}, and {Page} does not show it; draw '{from} --> {to}' if the reference has a reason that an ADR could give, else take it out.");
        findings.AreNone();
    }

    [Fact]
    public void Leaves_refer_to_nothing_of_ours()
    {
        var findings = new Findings();
        foreach (var leaf in Leaves)
            foreach (var to in Repository.References[leaf]) findings.Add($"src/{leaf}/{leaf}.csproj", 0, $"refers to {to}; a leaf stands alone, so let its caller in Grains carry the value across.");
        findings.AreNone();
    }

    [Fact]
    public void Leaves_know_neither_orleans_nor_the_store_nor_http() => Search(Leaves.Select(leaf => "src/" + leaf), Worlds(), "a leaf knows values only; do this in Grains, Silo or Gateway.");

    [Fact]
    public void Only_the_file_store_of_media_opens_files_of_the_blob_store() =>
        Search(["src/Grains", "src/Grains.Interfaces", "src/Gateway", "src/Policies", "src/Provenance"], Files(), "bytes go through Media (IBlobStore).");

    [Fact]
    public void Grains_are_reached_by_typed_keys() => new Findings()
        .Search(Repository.Code("src", "tests").Where(file => file != "src/Grains.Interfaces/GrainFactoryKeys.cs"), RawGrain(), "reach a grain by its typed key, grains.Job(key); new keys go to GrainFactoryKeys.cs.")
        .AreNone();

    [Fact]
    public void Nothing_unexpected_in_a_background_service_stops_its_host()
    {
        const string Survives = "catch (Exception e) when (!stoppingToken.IsCancellationRequested)";
        var findings = new Findings();
        foreach (var file in Repository.Code("src"))
        {
            var lines = Repository.Lines(file);
            var service = Array.FindIndex(lines, line => line.Contains(" : BackgroundService", StringComparison.Ordinal));
            // One whose work is to end the process is another matter.
            var goesOn = lines.Any(line => Round().IsMatch(line)) && !lines.Any(line => line.Contains("StopApplication()", StringComparison.Ordinal));
            if (service >= 0 && goesOn && !lines.Any(line => line.Contains(Survives, StringComparison.Ordinal)))
                findings.Add(file, service + 1, $"an exception that nobody expected ends the process; log it and go on: {Survives}.");
        }
        findings.AreNone();
    }

    private static void Search(IEnumerable<string> folders, Regex pattern, string whatToDo) => new Findings().Search(Repository.Code([.. folders]), pattern, whatToDo).AreNone();

    [GeneratedRegex(@"^\s*(\S+) --> (\S+)\s*$")] private static partial Regex Arrow();
    [GeneratedRegex(@"\busing (Orleans|Marten|JasperFx|Npgsql|Microsoft\.AspNetCore|System\.Net\.Http)\b")] private static partial Regex Worlds();
    [GeneratedRegex(@"\b(File\.(Open|Read|Write|Create|Append|Copy|Move|Delete)\w*\(|new FileStream\()")] private static partial Regex Files();
    [GeneratedRegex(@"WaitForNextTickAsync\(stoppingToken\)|\bawait foreach\b")] private static partial Regex Round();
    [GeneratedRegex(@"\bGetGrain(<|\()(?!IManagementGrain>)")] private static partial Regex RawGrain();
}
