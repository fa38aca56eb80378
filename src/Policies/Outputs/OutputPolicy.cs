namespace Vitrine.Policies;

/// <summary>A rule that has been checked and can run.</summary>
internal sealed record OutputRule(MatchedRule Stated, IReadOnlyList<string> Labels, float AtLeast);

/// <summary>The output rules, ready to run. Immutable and safe for many callers at once; a decision is a function of the scores alone.</summary>
public sealed class OutputPolicy
{
    private readonly IReadOnlyList<OutputRule> rules;

    internal OutputPolicy(IReadOnlyList<OutputRule> rules) => this.rules = rules;

    /// <summary>What the image classifier tells apart; a rule may name nothing else, for it would never match.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["drawing", "hentai", "neutral", "porn", "sexy"];

    /// <summary>The ids of all rules in the order of the file.</summary>
    public IReadOnlyList<string> RuleIds => [.. rules.Select(rule => rule.Stated.Id)];

    /// <summary>Judges a picture by the probability, 0 to 1, that a classifier gives each of <see cref="Labels"/>.</summary>
    /// <exception cref="ArgumentException">A label has no score or one that is no probability: a picture that nobody has judged must not pass.</exception>
    public OutputDecision Screen(IReadOnlyDictionary<string, float> scores)
    {
        foreach (var label in Labels)
            if (!scores.TryGetValue(label, out var score) || score is not (>= 0 and <= 1))
                throw new ArgumentException($"The label '{label}' has no score from 0 to 1.", nameof(scores));
        var matches = rules.Where(rule => rule.Labels.Sum(label => scores[label]) >= rule.AtLeast).Select(rule => rule.Stated).ToList();
        return matches.Find(match => match.Severity == RuleSeverity.Block) is { } blocking
            ? new OutputDecision.Blocked(matches, blocking.Category, blocking.Sentence)
            : new OutputDecision.Allowed(matches);
    }
}
