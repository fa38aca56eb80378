using Microsoft.AspNetCore.Http;
using Vitrine.Gateway.OpenAi;
using Vitrine.Grains.Interfaces;
using static Vitrine.Gateway.Tests.OpenAi.FinishedJobs;

namespace Vitrine.Gateway.Tests.OpenAi;

public sealed class OpenAiErrorTests
{
    [Fact]
    public void An_error_has_all_four_members() =>
        Assert.Equal(
            """{"error":{"message":"Say so.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""",
            Written(OpenAiError.Of(new Refusal(Refused.QuotaSpent, "Say so.")).Write));

    [Theory]
    [InlineData(Refused.InvalidValue, 400, "invalid_request_error", "invalid_value", null)]
    [InlineData(Refused.ModelNotFound, 404, "invalid_request_error", "model_not_found", null)]
    [InlineData(Refused.ModerationBlocked, 400, "image_generation_user_error", "moderation_blocked", null)]
    [InlineData(Refused.QuotaSpent, 429, "insufficient_quota", "insufficient_quota", false)]
    [InlineData(Refused.RateExceeded, 429, "requests", "rate_limit_exceeded", null)]
    [InlineData(Refused.QueueFull, 429, "requests", "rate_limit_exceeded", null)]
    [InlineData(Refused.IdempotencyMismatch, 422, "invalid_request_error", "idempotency_mismatch", false)]
    [InlineData(Refused.NotFound, 404, "invalid_request_error", "not_found", null)]
    [InlineData(Refused.AlreadyExists, 409, "invalid_request_error", "already_exists", false)]
    [InlineData(Refused.AlreadyFinished, 409, "invalid_request_error", "already_finished", false)]
    public void Each_refusal_has_its_form(Refused reason, int status, string type, string code, bool? shouldRetry)
    {
        var error = OpenAiError.Of(new Refusal(reason, "Say so."));

        Assert.Equal((status, type, code, shouldRetry), (error.Status, error.Type, error.Code, error.ShouldRetry));
    }

    [Fact]
    public void Every_refusal_of_the_closed_set_is_covered()
    {
        foreach (var reason in Enum.GetValues<Refused>()) Assert.NotEmpty(OpenAiError.Of(new Refusal(reason, "Say so.")).Code);
    }

    [Fact]
    public void A_field_is_named_as_this_dialect_names_it()
    {
        Assert.Equal("output_format", OpenAiError.Of(new Refusal(Refused.InvalidValue, "Say so.", "format")).Param);
        Assert.Equal("steps", OpenAiError.Of(new Refusal(Refused.InvalidValue, "Say so.", "steps")).Param);
    }

    [Fact]
    public void A_job_that_succeeded_is_no_error() => Assert.Null(OpenAiError.Of(AJobThatSucceeded()));

    [Fact]
    public void A_failed_job_is_our_fault_and_asking_again_is_of_no_use()
    {
        var error = OpenAiError.Of(AJobThatSucceeded() with { State = JobState.Failed, Failure = new("render_failed", "No device could render it.") })!;

        Assert.Equal((500, "server_error", "render_failed", "No device could render it.", false), (error.Status, error.Type, error.Code, error.Message, error.ShouldRetry));
    }

    [Fact]
    public void A_canceled_job_is_a_conflict_and_asking_again_is_of_no_use()
    {
        var error = OpenAiError.Of(AJobThatSucceeded() with { State = JobState.Canceled })!;

        Assert.Equal((409, "canceled", false), (error.Status, error.Code, error.ShouldRetry));
    }

    [Fact]
    public void A_job_that_was_refused_is_told_as_its_refusal()
    {
        var error = OpenAiError.Of(AJobThatSucceeded() with { State = JobState.Failed, Refusal = new(Refused.ModerationBlocked, "A rule blocks it.") })!;

        Assert.Equal((400, "moderation_blocked"), (error.Status, error.Code));
    }

    [Theory]
    [InlineData(1, "1", "1")]
    [InlineData(1500, "2", "1500")]
    [InlineData(60_000, "60", "60000")]
    public async Task When_to_ask_again_is_told_in_seconds_and_milliseconds(int milliseconds, string seconds, string exact)
    {
        var http = new DefaultHttpContext();

        await OpenAiError.Of(new Refusal(Refused.RateExceeded, "Say so.", RetryAfter: TimeSpan.FromMilliseconds(milliseconds))).Write(http.Response, CancellationToken.None);

        Assert.Equal((429, seconds, exact), (http.Response.StatusCode, http.Response.Headers.RetryAfter.ToString(), http.Response.Headers["retry-after-ms"].ToString()));
        Assert.False(http.Response.Headers.ContainsKey("x-should-retry"));
    }

    [Fact]
    public async Task A_spent_quota_tells_the_sdks_to_stop()
    {
        var http = new DefaultHttpContext();

        await OpenAiError.Of(new Refusal(Refused.QuotaSpent, "Say so.")).Write(http.Response, CancellationToken.None);

        Assert.Equal("false", http.Response.Headers["x-should-retry"].ToString());
        Assert.False(http.Response.Headers.ContainsKey("Retry-After"));
    }
}
