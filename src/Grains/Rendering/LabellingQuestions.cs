using Vitrine.Grains.Interfaces;
using Vitrine.Policies;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>What we ask the labelling policy about an output of ours. Where the caller did not say where it will be shown, the strictest set holds.</summary>
public static class LabellingQuestions
{
    public static LabellingQuestion For(Audience? audience, MediaKind kind, ContentOrigin origin, DateOnly on) => new(audience?.Markets ?? [], audience?.Channel, kind, origin, on, audience?.MayPassAsReal ?? true);

    /// <summary>
    /// Made by a model, or somebody's picture that a model altered. A picture to begin at counts as made by a model only where credentials that hold say so: what nobody vouches for may be a photograph.
    /// </summary>
    public static ContentOrigin OriginOf(CredentialIngredient? parent) => parent is null || IsGenerated(parent.Verdict) ? ContentOrigin.Generated : ContentOrigin.Manipulated;

    public static IReadOnlyList<string> RulesOf(LabellingDecision decision) => [.. decision.Rules.Select(rule => rule.Id)];

    /// <summary>
    /// What was asked of an output and is not on it: what the platform does not offer, and what it offers and could not do this time. Whoever publishes the output must see it.
    /// </summary>
    public static IReadOnlyList<UnmetRequirement> UnmetOf(LabellingDecision decision, bool isStamped, bool isMarked, bool isLabelled) =>
    [
        .. decision.Requirements.Where(requirement => !requirement.Offered || requirement.Kind switch
        {
            RequirementKinds.TimeStamped => !isStamped,
            RequirementKinds.Watermark => !isMarked,
            RequirementKinds.VisibleLabel => !isLabelled,
            _ => false,
        }).Select(requirement => new UnmetRequirement(requirement.Kind, requirement.RuleIds)),
    ];

    // What says it is the last statement about the whole content: a composite has a part that no model made.
    private static bool IsGenerated(CredentialVerdict verdict) =>
        verdict is { State: CredentialState.Trusted, Manifest.OfContent: var content } && content.Actions.LastOrDefault(action => action is { Action: "c2pa.created" or "c2pa.edited" or "c2pa.transcoded", DigitalSourceType: not null }) is { } said
        && said.DigitalSourceType == DigitalSourceType.TrainedAlgorithmicMedia.ToUri();
}
