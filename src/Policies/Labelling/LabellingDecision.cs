namespace Vitrine.Policies;

/// <summary>What must be on an output, and why. The lists are in the order of their names, so equal decisions are equal texts.</summary>
/// <param name="Requirements">The union over all rules that apply; of two measures the stricter.</param>
/// <param name="Rules">The rules behind them.</param>
/// <param name="UnknownMarkets">Markets without a rule or a definition, for which every rule was taken.</param>
/// <param name="UnknownChannel">True when the channel is not known and every channel's rules were taken.</param>
public sealed record LabellingDecision(
    IReadOnlyList<LabelRequirement> Requirements,
    IReadOnlyList<AppliedRule> Rules,
    IReadOnlyList<string> UnknownMarkets,
    bool UnknownChannel)
{
    /// <summary>What the law or channel asks and the platform does not offer yet. Never empty in silence: whoever publishes must see it.</summary>
    public IReadOnlyList<LabelRequirement> Unmet => [.. Requirements.Where(requirement => !requirement.Offered)];

    /// <summary>The label that people are to see; null when no rule asks for one, or the platform does not offer it.</summary>
    public VisibleLabelOrder? VisibleLabel => Requirements.FirstOrDefault(requirement => requirement is { Kind: RequirementKinds.VisibleLabel, Offered: true }) is { } label ? VisibleLabelOrder.Of(label) : null;

    /// <summary>The value of the implicit label of GB 45438 (<c>aigc.implicit</c>) that the output is to carry; null when no rule asks for one, or the platform does not offer it.</summary>
    public string? ImplicitLabel => Requirements.FirstOrDefault(requirement => requirement is { Kind: RequirementKinds.ImplicitLabel, Offered: true }) is { } implied
        ? implied.Parameters.FirstOrDefault(parameter => parameter.Name == "label") is { AllOf: [var label, ..] } ? label : RequirementKinds.ImplicitlyGenerated : null;

    /// <summary>True when the platform is to do this.</summary>
    public bool Requires(string kind) => Requirements.Any(requirement => requirement.Kind == kind);
}

/// <summary>One thing to do, such as <c>c2pa.signed</c>, with the rules that ask for it.</summary>
public sealed record LabelRequirement(string Kind, IReadOnlyList<LabelParameter> Parameters, IReadOnlyList<string> RuleIds, bool Offered);

/// <summary>How it is to be done: a least measure (percent, seconds) or values that must all be there; the other is null or empty.</summary>
public sealed record LabelParameter(string Name, decimal? AtLeast, IReadOnlyList<string> AllOf);

/// <summary>A rule that applied, by its id and by its name in law or in a channel's terms.</summary>
/// <param name="Jurisdiction">Null for a channel's rule.</param>
/// <param name="Channel">Null for a law.</param>
/// <param name="Role">Whom it binds: provider, deployer or platform.</param>
public sealed record AppliedRule(string Id, string? Jurisdiction, string? Channel, string Role, string Act, string Article, DateOnly InForce);

/// <summary>One label that satisfies every rule that asks for one.</summary>
/// <param name="Text">The texts that are asked for; one that another contains is left out.</param>
/// <param name="Position">The first corner, in the order of <see cref="RequirementKinds.Corners"/>, that a rule names.</param>
/// <param name="LeastHeightPercent">Of the letters, of the picture's shorter side; null where no rule measures it.</param>
public sealed record VisibleLabelOrder(string Text, string Position, decimal? LeastHeightPercent, IReadOnlyList<string> RuleIds)
{
    private const string UsualText = "AI", Between = " \u00b7 ";

    internal static VisibleLabelOrder Of(LabelRequirement label)
    {
        var texts = AllOf(label, "texts");
        var shown = texts.Where(text => !texts.Any(other => other != text && other.Contains(text, StringComparison.Ordinal))).ToList();
        var corners = AllOf(label, "position");
        return new(shown.Count == 0 ? UsualText : string.Join(Between, shown), RequirementKinds.Corners.FirstOrDefault(corners.Contains) ?? RequirementKinds.Corners[0],
            label.Parameters.FirstOrDefault(parameter => parameter.Name == RequirementKinds.LeastLabelHeight)?.AtLeast, label.RuleIds);
    }

    private static IReadOnlyList<string> AllOf(LabelRequirement label, string name) => label.Parameters.FirstOrDefault(parameter => parameter.Name == name)?.AllOf ?? [];
}
