using System.Text.RegularExpressions;

namespace Vitrine.Tidy.Tests;

/// <summary>Licences that ask for a note: it lies with what it is about.</summary>
public sealed partial class AttributionTests
{
    private const string Sets = "training/data/sets.mjs";

    [Fact]
    public void Every_set_that_a_model_of_ours_was_trained_on_is_named_with_author_licence_and_what_was_changed()
    {
        var findings = new Findings();
        var sets = Set().Matches(Repository.Text(Sets));
        Assert.True(sets.Count >= 17, $"{Sets} has {sets.Count} sets that this test understands");
        var models = Repository.Under("models", "/MODEL_CARD.md").Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/')).Where(folder => Path.GetFileName(folder).StartsWith("vitrine-", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(models);
        foreach (var file in models.Select(folder => folder + "/ATTRIBUTION.md"))
        {
            var text = Repository.Files.Contains(file) ? Repository.Text(file) : "";
            foreach (Match set in sets)
                if (!text.Split('\n').Any(line => line.Contains($"({set.Groups["name"].Value})", StringComparison.Ordinal)
                    && line.Contains(set.Groups["author"].Value, StringComparison.Ordinal) && line.Contains(set.Groups["licence"].Value, StringComparison.Ordinal)))
                    findings.Add(file, 0, $"does not name the set {set.Groups["name"].Value} with its author and licence; node training/data/attribution.mjs writes it.");
            foreach (var part in (string[])["## What was changed", "no representations or warranties", "https://creativecommons.org/licenses/by/4.0/"])
                if (!text.Contains(part, StringComparison.Ordinal))
                    findings.Add(file, 0, $"lacks '{part}', which CC BY 4.0, section 3(a), asks for.");
        }
        findings.AreNone();
    }

    [Fact]
    public void Weights_under_the_MIT_licence_carry_its_notice()
    {
        var findings = new Findings();
        foreach (var card in Repository.Under("models", "/MODEL_CARD.md").Where(card => Repository.Text(card).Contains("| licence | MIT", StringComparison.Ordinal)))
        {
            var file = card.Replace("MODEL_CARD.md", "LICENSE.md", StringComparison.Ordinal);
            if (!Repository.Files.Contains(file) || !Repository.Text(file).Contains("The above copyright notice and this permission notice shall be included", StringComparison.Ordinal))
                findings.Add(file, 0, "the MIT licence asks that its notice goes with every copy.");
        }
        findings.AreNone();
    }

    [GeneratedRegex(@"name: '(?<name>[^']+)', style: '[^']+', licence: '(?<licence>[^']+)'[^}]*?author: '(?<author>[^']+)'")] private static partial Regex Set();
}
