using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>The errors that this dialect words by itself; all others come from <see cref="ErrorAnswer"/>.</summary>
public static class OpenAiErrors
{
    /// <summary>The same words for a model that does not exist, one of another brand, and one outside the project's list.</summary>
    public static readonly ErrorAnswer ModelNotFound =
        new(404, "model_not_found", "The model does not exist or this key may not use it. GET /v1/models lists those that work.") { Param = "model" };

    public static readonly ErrorAnswer Canceled = new(409, "canceled", "The job was canceled before its pictures were finished.") { MayRetry = false };

    public static ErrorAnswer InvalidValue(string field, string sentence) => ErrorAnswer.Invalid(new FieldError("/" + field, "invalid_value", sentence));

    public static ErrorAnswer MissingField(string field, string sentence) => ErrorAnswer.Invalid(new FieldError("/" + field, "missing_field", sentence));

    /// <summary>The domain's no. The job speaks of fields by their native names; here they have OpenAI's.</summary>
    public static ErrorAnswer Of(Refusal refusal) => refusal.Reason == Refused.ModelNotFound
        ? ModelNotFound
        : ErrorAnswer.Of(refusal with { Field = refusal.Field switch { "format" => "output_format", "quality" => "output_compression", var field => field } });

    /// <summary>
    /// Null for a job that succeeded. A failed job is a fault of ours, so it is a 5xx, unless the output policy blocked its pictures; asking again attaches to the same job and would hear the
    /// same, so the SDKs are told not to. A cancelled one is a 409, likewise final.
    /// </summary>
    /// <exception cref="ArgumentException">The job is still open.</exception>
    public static ErrorAnswer? Of(JobView job) => job switch
    {
        { IsErased: true } => ErrorAnswer.Erased,
        { State: JobState.Succeeded } => null,
        { State: JobState.Canceled } => Canceled,
        { Refusal: { } refusal } => Of(refusal),
        { Failure: { Code: Failure.OutputBlocked } blocked } => new(400, "moderation_blocked", blocked.Sentence) { MayRetry = false },
        { Failure: { } failure } => new(500, failure.Code, failure.Sentence) { MayRetry = false },
        _ => throw new ArgumentException($"Job {job.Id} is {job.State} and has no answer yet.", nameof(job)),
    };
}
