using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>
/// An error as OpenAI's clients read it: <c>{"error":{"message","type","param","code"}}</c>, all four always there (OpenAI API, <c>ErrorResponse</c>).
/// </summary>
/// <param name="Status">HTTP status; official SDKs make the class of the exception from it.</param>
/// <param name="Param">The field at fault, or null.</param>
/// <param name="RetryAfter">Told as <c>Retry-After</c> (whole seconds, at least 1) and <c>retry-after-ms</c>, which the SDKs prefer.</param>
/// <param name="ShouldRetry">Told as <c>x-should-retry</c>, which overrules what the SDKs make of the status; null says nothing.</param>
public sealed record OpenAiError(int Status, string Message, string Type, string? Param, string Code, TimeSpan? RetryAfter = null, bool? ShouldRetry = null)
{
    private const string InvalidRequest = "invalid_request_error";

    public static OpenAiError InvalidJson(string sentence) => new(400, sentence, InvalidRequest, null, "invalid_json");
    public static OpenAiError InvalidValue(string? field, string sentence) => new(400, sentence, InvalidRequest, field, "invalid_value");
    public static OpenAiError MissingField(string field, string sentence) => new(400, sentence, InvalidRequest, field, "missing_field");

    /// <summary>The same words for a model that does not exist, one of another brand, and one outside the project's list.</summary>
    public static OpenAiError ModelNotFound() =>
        new(404, "The model does not exist or this key may not use it. GET /v1/models lists those that work.", InvalidRequest, "model", "model_not_found");

    public static OpenAiError InsufficientScope(string scope) =>
        new(403, $"This key lacks the scope '{scope}' or is not bound to a project.", InvalidRequest, null, "insufficient_scope");

    /// <summary>How the domain's no reads in this dialect. Permanent ones under a status that SDKs repeat carry <c>x-should-retry: false</c>.</summary>
    public static OpenAiError Of(Refusal refusal) => refusal.Reason switch
    {
        Refused.InvalidValue => InvalidValue(Field(refusal.Field), refusal.Sentence),
        Refused.ModelNotFound => ModelNotFound(),
        Refused.ModerationBlocked => new(400, refusal.Sentence, "image_generation_user_error", null, "moderation_blocked"),
        Refused.QuotaSpent => new(429, refusal.Sentence, "insufficient_quota", null, "insufficient_quota", ShouldRetry: false),
        Refused.RateExceeded or Refused.QueueFull => new(429, refusal.Sentence, "requests", null, "rate_limit_exceeded", refusal.RetryAfter ?? TimeSpan.FromSeconds(1)),
        Refused.IdempotencyMismatch => new(422, refusal.Sentence, InvalidRequest, null, "idempotency_mismatch", ShouldRetry: false),
        Refused.NotFound => new(404, refusal.Sentence, InvalidRequest, Field(refusal.Field), "not_found"),
        Refused.AlreadyExists => new(409, refusal.Sentence, InvalidRequest, Field(refusal.Field), "already_exists", ShouldRetry: false),
        Refused.AlreadyFinished => new(409, refusal.Sentence, InvalidRequest, null, "already_finished", ShouldRetry: false),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal.Reason, "This refusal has no form in the OpenAI dialect."),
    };

    /// <summary>
    /// Null for a job that succeeded. A failed job is a fault of ours, so it is a 5xx; asking again attaches to the same job and would hear the
    /// same, so the SDKs are told not to. A cancelled one is a 409, likewise final.
    /// </summary>
    public static OpenAiError? Of(JobView job) => job switch
    {
        { State: JobState.Succeeded } => null,
        { Refusal: { } refusal } => Of(refusal),
        { State: JobState.Canceled } => new(409, "The job was canceled before its pictures were finished.", InvalidRequest, null, "canceled", ShouldRetry: false),
        { Failure: { } failure } => new(500, failure.Sentence, "server_error", null, failure.Code, ShouldRetry: false),
        _ => throw new ArgumentException($"Job {job.Id} is {job.State} and has no answer yet.", nameof(job)),
    };

    /// <summary>The body alone, without a trailing line break.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", Message);
        json.WriteString("type", Type);
        json.WriteString("param", Param);
        json.WriteString("code", Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Status, headers and body. The response must not have started.</summary>
    public async Task Write(HttpResponse response, CancellationToken cancellation)
    {
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            response.Headers["retry-after-ms"] = Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (ShouldRetry is { } retry) response.Headers["x-should-retry"] = retry ? "true" : "false";
        await response.StartAsync(cancellation);
        Write(response.BodyWriter);
        await response.BodyWriter.FlushAsync(cancellation);
    }

    /// <summary>The job speaks of fields by their native names.</summary>
    private static string? Field(string? native) => native switch { "format" => "output_format", "quality" => "output_compression", _ => native };
}
