using Vitrine.Policies;

namespace Vitrine.Grains.Rendering;

/// <summary>What we ask the labelling policy about a picture of ours. Where it will be shown is unknown when it is made, so the strictest set holds.</summary>
public static class LabellingQuestions
{
    public static LabellingQuestion ForGenerated(DateOnly on) => new([], null, MediaKind.Image, ContentOrigin.Generated, on);

    public static IReadOnlyList<string> RulesOf(LabellingDecision decision) => [.. decision.Rules.Select(rule => rule.Id)];
}
