using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Policies;
using Vitrine.Inference;
using Vitrine.Policies;

namespace Vitrine.Grains.Rendering;

/// <summary>What the gate says of a picture: the record of it, and the sentence for the caller where the picture must not leave.</summary>
public sealed record GatedPicture(OutputScreening Screening, string? BlockedBecause);

/// <summary>Every picture passes here before a byte of it is encoded, previews too: the classifier says what it sees, the output policy in force what that means.</summary>
public sealed class OutputGate(ImageClassifier classifier, PoliciesInForce policies)
{
    /// <summary>Takes some milliseconds of the calling thread.</summary>
    /// <exception cref="RenderFailedException">The classifier could not judge the picture, so it must not leave.</exception>
    public GatedPicture Judge(RgbImage picture)
    {
        var inForce = policies.Current;
        // A number of a softmax may be a last bit more than 1.
        var scores = classifier.Classify(picture).Select(each => new OutputScore(each.Label, Math.Clamp(each.Score, 0, 1))).ToList();
        var decision = inForce.Outputs.Screen(scores.ToDictionary(each => each.Label, each => each.Score));
        var screening = new OutputScreening(
            decision is OutputDecision.Allowed, [.. decision.Matches.Select(match => match.Id)], inForce.Digest, classifier.Card.Name, classifier.Card.Digest, scores);
        return new GatedPicture(screening, (decision as OutputDecision.Blocked)?.Sentence);
    }
}
