using System.Globalization;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Policies;

namespace Vitrine.Grains.Jobs;

/// <summary>What becomes of a request, decided from values alone.</summary>
public static class JobDecisions
{
    /// <summary>Failures that a job's own renderers may report before it counts as poisoned.</summary>
    public const int MaxFailures = 3;

    /// <summary>How often rendering may begin at all; restarts of a silo count here, so the bound is generous.</summary>
    public const int MaxAttempts = 50;

    /// <summary>Pictures of one job.</summary>
    public const int MaxImages = SubmitJob.MaxImages;

    /// <summary>Completes a request with the model's defaults, or says which field the model cannot do and what it could.</summary>
    /// <param name="makesClips">Whether this silo has the program that encodes clips.</param>
    public static (JobAccepted? Accepted, Refusal? Refusal) Resolve(SubmitJob asked, ModelCatalogue catalogue, DateTimeOffset now, bool makesClips = true)
    {
        if (Find(asked.Model, catalogue) is not { } model)
            return (null, new Refusal(Refused.ModelNotFound, $"The model '{Shown(asked.Model!)}' does not exist, or this project may not use it.", "model"));

        var negative = !string.IsNullOrEmpty(asked.NegativePrompt);
        var steps = model.StepsFor(negative);
        var accepted = new JobAccepted(
            model.Name, model.Version, model.Digest, asked.Width ?? (asked.Clip is null ? model.NativeSize : JobClips.DefaultSide), asked.Height ?? (asked.Clip is null ? model.NativeSize : JobClips.DefaultSide), asked.Seed ?? asked.RandomSeed,
            asked.Steps ?? steps.Default, asked.Guidance ?? model.Guidance.Default, asked.Format, asked.Quality, asked.Speed,
            Math.Min(asked.Previews, Math.Max(0, (asked.Steps ?? steps.Default) - 1)), now, model.PriceFactor, Audience: asked.Audience, Clip: JobClips.Of(asked.Clip));

        Refusal? No(string field, string sentence) => new(Refused.InvalidValue, sentence, field);
        var refusal =
            asked.Images is < 1 or > MaxImages ? No("n", $"1 to {MaxImages} pictures can be asked for at once.")
            : asked.Clip is null && (!model.Sizes.Has(accepted.Width) || !model.Sizes.Has(accepted.Height)) ? No("size", $"Sides are {model.Sizes}.")
            : negative && asked.Clip is not null ? No("negative_prompt", "A clip takes no negative prompt; leave it out.")
            : negative && !model.SupportsNegativePrompt ? No("negative_prompt", $"'{model.Name}' takes no negative prompt; leave it out.")
            : accepted.Steps < steps.Min || accepted.Steps > steps.Max
                ? No("steps", $"'{model.Name}' takes {steps.Min} to {steps.Max} steps{(negative ? " with a negative prompt" : "")}; {steps.Default} is its default.")
            : !(accepted.Guidance >= model.Guidance.Min && accepted.Guidance <= model.Guidance.Max)
                ? No("guidance", string.Create(CultureInfo.InvariantCulture, $"'{model.Name}' takes a guidance of {model.Guidance.Min} to {model.Guidance.Max}; {model.Guidance.Default} is its default."))
            : accepted.Seed < 0 || accepted.Seed > SubmitJob.LargestSeed ? No("seed", $"A seed is 0 to {SubmitJob.LargestSeed}.")
            : null;
        refusal ??= JobClips.Refuse(asked, accepted, model, makesClips);
        return refusal is null ? (accepted, null) : (null, refusal);
    }

    public static Credits Cost(SubmitJob asked, JobAccepted accepted) => Cost(asked.Images, !string.IsNullOrEmpty(asked.NegativePrompt), accepted);

    /// <summary>The price, from the events of an acceptance alone: anybody who has them can make it again (I9).</summary>
    public static Credits Cost(PromptSubmitted submitted, JobAccepted accepted) => Cost(submitted.Images, submitted.HasNegativePrompt ?? !string.IsNullOrEmpty(submitted.NegativePrompt), accepted);

    private static Credits Cost(int images, bool hasNegativePrompt, JobAccepted accepted) => Price.Of(images, Evaluations(hasNegativePrompt, accepted), accepted.Width, accepted.Height, accepted.Speed, accepted.PriceFactor ?? 1);

    // A rendition is no work of a model, and still one for the cores and the record: it is paid as one evaluation.
    private static int Evaluations(bool hasNegativePrompt, JobAccepted accepted) =>
        accepted.Clip is not null ? JobClips.Evaluations(accepted)
        : accepted.Start is { IsRendition: true } ? 1
        : ModelCard.Evaluations(ImageStart.StepsRun(accepted.Steps, accepted.Start?.Strength ?? 1), hasNegativePrompt);

    /// <summary>All that a request wants to have shown, for the prompt policy: what a clip begins with and what it ends with.</summary>
    public static string Depicted(SubmitJob asked) => asked.Clip?.EndPrompt is { } end ? $"{asked.Prompt}\n{end}" : asked.Prompt;

    /// <summary>The events of a request whose prompt the policy blocks. It is recorded, costs nothing and can never become a job.</summary>
    public static (IReadOnlyList<object> Events, Refusal Refusal)? Blocked(SubmitJob asked, PromptDecision decision, string policyDigest, DateTimeOffset now)
    {
        if (decision is not PromptDecision.Blocked blocked) return null;
        var refusal = new Refusal(Refused.ModerationBlocked, blocked.Sentence, "prompt", Rules: [.. blocked.Matches.Select(match => match.Id)]);
        return ([Submitted(asked, now), Screened(decision, policyDigest, now), new JobRefused(refusal, now)], refusal);
    }

    /// <summary>The events that accept a job. They are complete: nothing else decides what it costs or shows.</summary>
    public static IReadOnlyList<object> Accept(SubmitJob asked, PromptDecision decision, string policyDigest, JobAccepted accepted, string period, Credits cost) =>
        [Submitted(asked, accepted.At), Screened(decision, policyDigest, accepted.At), new CreditsReserved(period, cost.Micro), accepted];

    /// <summary>The answer to a request whose job exists already.</summary>
    /// <param name="job">With its texts opened.</param>
    public static SubmitOutcome Replay(JobView job, SubmitJob asked) =>
        job.IsErased ? new(null, Refusal.UserErased, false, null)
        : job.RequestDigest != asked.RequestDigest
            ? new(null, new Refusal(Refused.IdempotencyMismatch, "This idempotency key was used for another request; use a new key for a new request.", "Idempotency-Key"), false, null)
            : job.Refusal is { } refusal ? new(null, refusal, true, null)
            : new(job, null, true, null);

    /// <summary>What follows from a renderer's report on the present attempt of an open job.</summary>
    public static IReadOnlyList<object> Finish(JobView job, int attempt, RenderResult result, DateTimeOffset now) => result.Failure switch
    {
        null => [new JobCompleted(attempt, result.Outputs, job.ReservedMicro, 0, now)],
        { } failure when !result.MayRetry =>
            [.. result.Blocked.Select(blocked => new OutputBlocked(attempt, blocked.Image, blocked.Screening, now)), new JobFailed(failure, job.ReservedMicro, now)],
        { } failure when job.Failures + 1 + result.Deaths >= MaxFailures =>
            [new RenderingFailed(attempt, failure, now), new JobFailed(new Failure("poisoned", $"It failed {MaxFailures} times; the last time: {failure.Sentence}"), job.ReservedMicro, now)],
        { } failure => [new RenderingFailed(attempt, failure, now)],
    };

    private static ModelCard? Find(string? name, ModelCatalogue catalogue) =>
        name is null ? catalogue.Models.FirstOrDefault(card => card.Kind == ModelKind.TextToImage)
        : catalogue.TryGet(name, out var card) && card.Kind == ModelKind.TextToImage ? card : null;

    private static PromptSubmitted Submitted(SubmitJob asked, DateTimeOffset now) => new(
        asked.Project.Value, asked.User?.Value, asked.Session, asked.Principal.Key.Value, asked.Dialect, asked.RequestDigest, asked.Prompt,
        string.IsNullOrEmpty(asked.NegativePrompt) ? null : asked.NegativePrompt, asked.Images, asked.Metadata, asked.EndUser, now, EndPrompt: asked.Clip?.EndPrompt);

    private static PromptScreened Screened(PromptDecision decision, string policyDigest, DateTimeOffset now) =>
        new(policyDigest, decision is PromptDecision.Allowed, [.. decision.Matches.Select(match => match.Id)], decision.NormalisedDigest, now);

    private static string Shown(string text) => new([.. text.Take(64).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
}
