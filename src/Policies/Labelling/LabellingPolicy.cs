namespace Vitrine.Policies;

/// <summary>The labelling rules, ready to run. Immutable; an old decision is repeated by asking the old policy for the old day.</summary>
public sealed class LabellingPolicy
{
    private readonly IReadOnlySet<string> offered;
    private readonly IReadOnlyDictionary<string, HashSet<string>> unions;
    private readonly IReadOnlyList<LabellingRule> rules;

    internal LabellingPolicy(IReadOnlySet<string> offered, IReadOnlyDictionary<string, HashSet<string>> unions, IReadOnlyList<LabellingRule> rules)
    {
        this.offered = offered;
        this.unions = unions;
        this.rules = rules;
    }

    /// <summary>The ids of all rules in the order of the file.</summary>
    public IReadOnlyList<string> RuleIds => [.. rules.Select(rule => rule.Stated.Id)];

    /// <summary>What the platform can do today, in the order of the names.</summary>
    public IReadOnlyList<string> Offered => [.. offered.Order(StringComparer.Ordinal)];

    /// <summary>
    /// The union of what all rules that apply ask for. Whoever does not say where an output goes, or names a market that nobody has reviewed, gets
    /// every rule.
    /// </summary>
    public LabellingDecision Decide(LabellingQuestion question)
    {
        var unknown = question.Markets.Where(market => !IsKnown(market)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var everywhere = question.Markets.Count == 0 || unknown.Count > 0;
        var unknownChannel = question.Channel is { } channel && !rules.Any(rule => rule.Stated.Channel == channel);
        var applied = rules.Where(rule => rule.IsAbout(question) && (rule.Stated.Jurisdiction is { } jurisdiction
                ? everywhere || question.Markets.Any(market => Covers(jurisdiction, market))
                : unknownChannel || rule.Stated.Channel == question.Channel))
            .OrderBy(rule => rule.Stated.Id, StringComparer.Ordinal).ToList();
        return new LabellingDecision(Merge(applied, isStated: question.Markets.Count > 0 || question.Channel is not null), [.. applied.Select(rule => rule.Stated)], unknown, unknownChannel);
    }

    private bool IsKnown(string market) =>
        unions.ContainsKey(market) || rules.Any(rule => rule.Stated.Jurisdiction is { } jurisdiction && Covers(jurisdiction, market));

    /// <summary>
    /// A jurisdiction covers itself, the members of a union, its states, and also the whole of which it is a part: what is shown in the US or the EU is shown in
    /// California and in Germany.
    /// </summary>
    private bool Covers(string jurisdiction, string market) =>
        jurisdiction == market
        || market.StartsWith(jurisdiction + "-", StringComparison.Ordinal)
        || jurisdiction.StartsWith(market + "-", StringComparison.Ordinal)
        || unions.TryGetValue(jurisdiction, out var members) && members.Contains(Country(market))
        || unions.TryGetValue(market, out var parts) && parts.Contains(Country(jurisdiction));

    private static string Country(string market) => market.Split('-')[0];

    private List<LabelRequirement> Merge(IEnumerable<LabellingRule> applied, bool isStated) =>
    [
        .. applied.SelectMany(rule => rule.Requirements)
            .GroupBy(requirement => requirement.Kind, StringComparer.Ordinal)
            .OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => new LabelRequirement(
                kind.Key,
                [.. kind.SelectMany(requirement => requirement.Parameters).GroupBy(parameter => parameter.Name, StringComparer.Ordinal)
                    .OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Select(Strictest)],
                [.. kind.SelectMany(requirement => requirement.RuleIds).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                offered.Contains(kind.Key) || isStated && kind.Key == RequirementKinds.VisibleLabel && offered.Contains(RequirementKinds.VisibleLabelWhereStated))),
    ];

    private static LabelParameter Strictest(IGrouping<string, LabelParameter> same) => new(
        same.Key,
        same.Max(parameter => parameter.AtLeast),
        [.. same.SelectMany(parameter => parameter.AllOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
}

/// <summary>A labelling rule that has been checked and can run.</summary>
internal sealed record LabellingRule(
    AppliedRule Stated,
    DateOnly? Until,
    IReadOnlySet<MediaKind> Media,
    IReadOnlySet<ContentOrigin> Origins,
    bool OnlyWhatMayPassAsReal,
    IReadOnlyList<LabelRequirement> Requirements)
{
    public bool IsAbout(LabellingQuestion question) =>
        Stated.InForce <= question.On && (Until is not { } until || question.On < until)
        && Media.Contains(question.Media) && Origins.Contains(question.Origin)
        && (!OnlyWhatMayPassAsReal || question.MayPassAsReal);
}
