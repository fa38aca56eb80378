using Vitrine.Gateway.OpenAi;
using Vitrine.Grains.Interfaces;
using static Vitrine.Gateway.Tests.OpenAi.FinishedJobs;

namespace Vitrine.Gateway.Tests.OpenAi;

public sealed class OpenAiErrorsTests
{
    [Fact]
    public void An_error_is_this_to_the_byte() =>
        Assert.Equal(
            """{"error":{"message":"Say so.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""",
            OnTheWire.Of(OpenAiErrors.Of(new Refusal(Refused.QuotaSpent, "Say so."))).Body);

    [Theory]
    [InlineData(Refused.InvalidValue, 400, "invalid_request_error", "invalid_value", null)]
    [InlineData(Refused.ModelNotFound, 404, "invalid_request_error", "model_not_found", null)]
    [InlineData(Refused.ModerationBlocked, 400, "image_generation_user_error", "moderation_blocked", null)]
    [InlineData(Refused.QuotaSpent, 429, "insufficient_quota", "insufficient_quota", "false")]
    [InlineData(Refused.RateExceeded, 429, "requests", "rate_limit_exceeded", null)]
    [InlineData(Refused.QueueFull, 429, "requests", "rate_limit_exceeded", null)]
    [InlineData(Refused.IdempotencyMismatch, 422, "invalid_request_error", "idempotency_mismatch", "false")]
    [InlineData(Refused.NotFound, 404, "invalid_request_error", "not_found", null)]
    [InlineData(Refused.AlreadyExists, 409, "invalid_request_error", "already_exists", "false")]
    [InlineData(Refused.AlreadyFinished, 409, "invalid_request_error", "already_finished", "false")]
    public void Each_refusal_has_its_form(Refused reason, int status, string type, string code, string? shouldRetry)
    {
        var error = OnTheWire.Of(OpenAiErrors.Of(new Refusal(reason, "Say so.", reason == Refused.InvalidValue ? "steps" : null)));

        Assert.Equal((status, type, code, shouldRetry), (error.Status, error.Type, error.Code, error.Header("x-should-retry")));
    }

    [Fact]
    public void Every_refusal_of_the_closed_set_is_covered()
    {
        foreach (var reason in Enum.GetValues<Refused>()) Assert.NotEmpty(OpenAiErrors.Of(new Refusal(reason, "Say so.", "n")).Code);
    }

    [Theory]
    [InlineData("format", "output_format")]
    [InlineData("quality", "output_compression")]
    [InlineData("steps", "steps")]
    public void A_field_is_named_as_this_dialect_names_it(string native, string here) =>
        Assert.Equal(here, OnTheWire.Of(OpenAiErrors.Of(new Refusal(Refused.InvalidValue, "Say so.", native))).Param);

    [Fact]
    public void What_the_job_says_about_a_model_never_tells_one_unknown_model_from_another() =>
        Assert.Equal(
            OnTheWire.Of(OpenAiErrors.Of(new Refusal(Refused.ModelNotFound, "There is no 'a'.", "model"))).Body,
            OnTheWire.Of(OpenAiErrors.Of(new Refusal(Refused.ModelNotFound, "The project may not use 'b'.", "model"))).Body);

    [Fact]
    public void A_job_that_succeeded_is_no_error() => Assert.Null(OpenAiErrors.Of(AJobThatSucceeded()));

    [Fact]
    public void A_job_that_is_open_has_no_answer_yet() => Assert.Throws<ArgumentException>(() => OpenAiErrors.Of(AJobThatSucceeded() with { State = JobState.Running }));

    [Fact]
    public void A_failed_job_is_our_fault_and_asking_again_is_of_no_use()
    {
        var error = OnTheWire.Of(OpenAiErrors.Of(AJobThatSucceeded() with { State = JobState.Failed, Failure = new("render_failed", "No device could render it.") })!);

        Assert.Equal((500, "server_error", "render_failed", "No device could render it.", "false"), (error.Status, error.Type, error.Code, error.Message, error.Header("x-should-retry")));
    }

    [Fact]
    public void A_picture_that_the_output_policy_blocked_is_told_as_moderation_and_asking_again_is_of_no_use()
    {
        var error = OnTheWire.Of(OpenAiErrors.Of(AJobThatSucceeded() with { State = JobState.Failed, Failure = new(Failure.OutputBlocked, "It was not released.", ["rule"]) })!);

        Assert.Equal((400, "image_generation_user_error", "moderation_blocked", "It was not released.", "false"),
            (error.Status, error.Type, error.Code, error.Message, error.Header("x-should-retry")));
    }

    [Fact]
    public void A_canceled_job_is_a_conflict_and_asking_again_is_of_no_use()
    {
        var error = OnTheWire.Of(OpenAiErrors.Of(AJobThatSucceeded() with { State = JobState.Canceled })!);

        Assert.Equal((409, "invalid_request_error", "canceled", "false"), (error.Status, error.Type, error.Code, error.Header("x-should-retry")));
    }

    [Fact]
    public void A_job_of_an_erased_user_is_gone_and_asking_again_is_of_no_use()
    {
        var gone = OnTheWire.Of(OpenAiErrors.Of(AJobThatSucceeded() with { Prompt = null, IsErased = true })!);
        var refused = OnTheWire.Of(OpenAiErrors.Of(Refusal.UserErased));

        Assert.Equal((410, "invalid_request_error", "erased", "false"), (gone.Status, gone.Type, gone.Code, gone.Header("x-should-retry")));
        Assert.Equal((410, "user_erased", "false"), (refused.Status, refused.Code, refused.Header("x-should-retry")));
    }

    [Fact]
    public void A_job_that_was_refused_is_told_as_its_refusal()
    {
        var error = OnTheWire.Of(OpenAiErrors.Of(AJobThatSucceeded() with { State = JobState.Failed, Refusal = new(Refused.ModerationBlocked, "A rule blocks it.") })!);

        Assert.Equal((400, "moderation_blocked"), (error.Status, error.Code));
    }

    [Theory]
    [InlineData(1, "1", "1")]
    [InlineData(1500, "2", "1500")]
    [InlineData(60_000, "60", "60000")]
    public void When_to_ask_again_is_told_in_seconds_and_milliseconds(int milliseconds, string seconds, string exact)
    {
        var error = OnTheWire.Of(OpenAiErrors.Of(new Refusal(Refused.RateExceeded, "Say so.", RetryAfter: TimeSpan.FromMilliseconds(milliseconds))));

        Assert.Equal((429, seconds, exact, null), (error.Status, error.Header("Retry-After"), error.Header("retry-after-ms"), error.Header("x-should-retry")));
    }

    [Fact]
    public void A_spent_quota_names_no_time_to_ask_again() =>
        Assert.Null(OnTheWire.Of(OpenAiErrors.Of(new Refusal(Refused.QuotaSpent, "Say so."))).Header("Retry-After"));
}
