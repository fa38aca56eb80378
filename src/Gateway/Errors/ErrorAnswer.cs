using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>One field of a request that cannot be taken.</summary>
/// <param name="At">JSON pointer (RFC 6901) into the body, or <c>?name</c> for a query parameter.</param>
/// <param name="Code"><c>invalid_value</c>, <c>missing_field</c> or <c>unknown_field</c>.</param>
public sealed record FieldError(string At, string Code, string Detail);

/// <summary>
/// A no, before it is put into the words of a dialect. With <see cref="Fields"/> it is a validation error: 422 <c>validation_failed</c> in
/// the native dialect, 400 with the first field's code and name in OpenAI's.
/// </summary>
/// <param name="Code">One of the stable codes of the API; clients switch on it.</param>
/// <param name="Detail">A sentence that tells what would work. Never holds secrets or a prompt.</param>
public sealed record ErrorAnswer(int Status, string Code, string Detail)
{
    public IReadOnlyList<FieldError>? Fields { get; init; }

    /// <summary>The request field at fault, for dialects that name one; null when there is none.</summary>
    public string? Param { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>False tells official SDKs, by <c>x-should-retry</c>, that the same request can never succeed.</summary>
    public bool MayRetry { get; init; } = true;

    /// <summary>The methods that the path knows, for 405.</summary>
    public string? Allow { get; init; }

    /// <summary>The one answer for everything that is not there or belongs to somebody else.</summary>
    public static readonly ErrorAnswer NotFound = new(404, "not_found", "There is nothing here under this name.");

    /// <summary>Something that was there, and is not any more because a person was erased.</summary>
    public static readonly ErrorAnswer Erased = new(410, "erased", "This was erased because the person behind it asked to be forgotten; the record that it was made stands.") { MayRetry = false };

    public static readonly ErrorAnswer InvalidApiKey = new(401, "invalid_api_key", "Send a valid API key as 'Authorization: Bearer vk-…'.");
    public static readonly ErrorAnswer InsufficientScope = new(403, "insufficient_scope", "The API key may not do this; a key with the scope of this endpoint can.") { MayRetry = false };
    public static readonly ErrorAnswer PayloadTooLarge = new(413, "payload_too_large", "A request body may have at most 1 MiB.");
    public static readonly ErrorAnswer InternalError = new(500, "internal_error", "Something went wrong on our side; the request id helps us to find it.");

    public static ErrorAnswer InvalidJson(string detail) => new(400, "invalid_json", detail);

    public static ErrorAnswer Invalid(params IReadOnlyList<FieldError> fields) =>
        new(422, "validation_failed", fields.Count == 1 ? "1 field is invalid." : string.Create(null, $"{fields.Count} fields are invalid.")) { Fields = fields };

    /// <summary>A header that cannot be taken: 400 in every dialect, since it is no field of the body.</summary>
    public static ErrorAnswer InvalidHeader(string header, string detail) => new(400, "invalid_value", detail) { Param = header, MayRetry = false };

    public static ErrorAnswer Of(Refusal refusal) => refusal.Reason switch
    {
        Refused.InvalidValue when refusal.Field == Submissions.IdempotencyHeader => InvalidHeader(Submissions.IdempotencyHeader, refusal.Sentence),
        Refused.InvalidValue => Invalid(new FieldError("/" + refusal.Field, "invalid_value", refusal.Sentence)),
        Refused.ModelNotFound => new(404, "model_not_found", refusal.Sentence) { Param = "model" },
        Refused.ModerationBlocked => new(400, "moderation_blocked", refusal.Sentence),
        Refused.QuotaSpent => new(429, "insufficient_quota", refusal.Sentence) { MayRetry = false },
        Refused.RateExceeded or Refused.QueueFull => new(429, "rate_limit_exceeded", refusal.Sentence) { RetryAfter = refusal.RetryAfter ?? TimeSpan.FromSeconds(1) },
        Refused.Overloaded => new(503, "overloaded", refusal.Sentence) { RetryAfter = refusal.RetryAfter ?? TimeSpan.FromSeconds(1) },
        Refused.IdempotencyMismatch => new(422, "idempotency_mismatch", refusal.Sentence) { MayRetry = false },
        Refused.InputsFull => new(429, "input_storage_full", refusal.Sentence) { MayRetry = false },
        Refused.NotFound => NotFound,
        Refused.AlreadyExists => new(409, "already_exists", refusal.Sentence) { MayRetry = false },
        Refused.UserErased => new(410, "user_erased", refusal.Sentence) { MayRetry = false },
        Refused.RecordAltered => new(409, "record_altered", refusal.Sentence) { MayRetry = false },
        Refused.AlreadyFinished => new(409, "already_finished", refusal.Sentence) { MayRetry = false },
        _ => throw new InvalidOperationException($"No answer is written for the refusal {refusal.Reason}."),
    };
}
