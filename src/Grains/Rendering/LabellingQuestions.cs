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

    // What says it is the last statement about the whole content: a composite has a part that no model made.
    private static bool IsGenerated(CredentialVerdict verdict) =>
        verdict is { State: CredentialState.Trusted, Manifest.OfContent: var content } && content.Actions.LastOrDefault(action => action is { Action: "c2pa.created" or "c2pa.edited" or "c2pa.transcoded", DigitalSourceType: not null }) is { } said
        && said.DigitalSourceType == DigitalSourceType.TrainedAlgorithmicMedia.ToUri();
}
