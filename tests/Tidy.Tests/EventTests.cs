using System.Reflection;
using System.Text.RegularExpressions;
using Vitrine.Grains.Events;

namespace Vitrine.Tidy.Tests;

/// <summary>History is read-only: every event has its stored name and a kept text that must still read (docs/how-to/evolve-an-event.md).</summary>
public sealed partial class EventTests
{
    private const string Names = "src/Grains/Events/VitrineStore.cs";
    private const string Golden = "tests/Grains.Tests/golden";

    [Fact]
    public void Every_event_has_a_stored_name_and_is_a_sealed_record()
    {
        var findings = new Findings();
        var stored = VitrineStore.EventNames.Values.ToHashSet();
        foreach (var type in stored.Where(type => !type.IsSealed || type.GetMethod("<Clone>$") is null)) findings.Add(Names, 0, $"{type.Name} must be a sealed record.");
        foreach (var twice in VitrineStore.EventNames.GroupBy(pair => pair.Value).Where(group => group.Count() > 1)) findings.Add(Names, 0, $"{twice.Key.Name} has two stored names.");
        foreach (var file in Repository.Under("src/Grains", "Events.cs"))
        {
            var lines = Repository.Lines(file);
            for (var i = 0; i < lines.Length; i++)
                if (Record().Match(lines[i]) is { Success: true } record && !stored.Any(type => type.Name == record.Groups[1].Value))
                    findings.Add(file, i + 1, $"{record.Groups[1].Value} has no stored name; add one to EventNames in {Names}.");
        }
        findings.AreNone();
    }

    [Fact]
    public void Every_event_has_a_golden_text()
    {
        var findings = new Findings();
        var kept = Repository.Under(Golden, ".json").Select(Path.GetFileNameWithoutExtension).ToHashSet();
        foreach (var (name, type) in VitrineStore.EventNames.Where(pair => !kept.Contains(pair.Key)))
            findings.Add($"{Golden}/{name}.json", 0, $"is missing; keep one {type.Name} there as the store writes it.");
        // A second form of an event is kept as name@form.
        foreach (var name in kept.Where(name => !VitrineStore.EventNames.ContainsKey(name!.Split('@')[0])))
            findings.Add($"{Golden}/{name}.json", 0, "belongs to no event in EventNames; a stored name is never taken back.");
        findings.AreNone();
    }

    [Fact]
    public void Projections_are_partial_and_registered()
    {
        var findings = new Findings();
        var registered = Repository.Text(Names);
        foreach (var projection in typeof(VitrineStore).Assembly.GetTypes().Where(type => type.Name.EndsWith("Projection", StringComparison.Ordinal) && !type.IsAbstract && type.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is null))
            if (!registered.Contains($"Add(new {projection.Name}()", StringComparison.Ordinal)) findings.Add(Names, 0, $"{projection.Name} is not registered; add it, or nobody keeps its view.");
        findings.AreNone();
    }

    [GeneratedRegex(@"^public (?:sealed )?record (\w+)")] private static partial Regex Record();
}
