namespace Vitrine.Policies.Tests;

/// <summary>The files under policies/, as the platform would read them.</summary>
internal static class ShippedPolicies
{
    public static IReadOnlyList<PolicyFile> Files { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "policies"))
            .Select(path => new PolicyFile(Path.GetFileName(path), File.ReadAllText(path))),
    ];

    public static PolicySet Set { get; } = Assert.IsType<PolicySetResult.Accepted>(PolicySet.Parse(Files)).Policies;

    public static PromptDecision Screen(string prompt, string negative = "", params string[] others) =>
        Set.Prompts.Screen(new PromptText(prompt, negative, others));

    /// <summary>Scores as the classifier gives them, the rest of the certainty on drawing.</summary>
    public static OutputDecision ScreenOutput(params (string Label, float Score)[] stated)
    {
        var scores = OutputPolicy.Labels.ToDictionary(label => label, _ => 0f);
        foreach (var (label, score) in stated)
            scores[label] = score;
        scores["drawing"] += 1 - scores.Values.Sum();
        return Set.Outputs.Screen(scores);
    }

    /// <summary>The shipped files with one replaced.</summary>
    public static IReadOnlyList<PolicyError> ErrorsWith(string name, string text) => PolicySet.Parse(
        [.. Files.Where(file => file.Name != name), new PolicyFile(name, text)]) switch
        {
            PolicySetResult.Rejected rejected => rejected.Errors,
            _ => [],
        };

    /// <summary>A prompt policy with one blocking rule made of these YAML lines.</summary>
    public static PromptPolicy WithRule(string lines)
    {
        var file = new PolicyFile(PolicySet.PromptRulesFile, $"""
            rules:
              - id: tested
                category: tested
                severity: block
                sentence: It is tested.
                source: Test
                languages: [en]
            {string.Join('\n', lines.Split('\n').Select(line => "    " + line))}
            """);
        var result = PolicySet.Parse([.. Files.Where(other => other.Name != file.Name), file]);
        return Assert.IsType<PolicySetResult.Accepted>(result).Policies.Prompts;
    }
}
