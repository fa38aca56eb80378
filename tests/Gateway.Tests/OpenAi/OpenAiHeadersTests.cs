using Microsoft.AspNetCore.Http;
using Vitrine.Gateway.OpenAi;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.OpenAi;

public sealed class OpenAiHeadersTests
{
    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(0.25, "250ms")]
    [InlineData(1, "1s")]
    [InlineData(59.2, "1m0s")]
    [InlineData(6.1, "7s")]
    [InlineData(360, "6m0s")]
    [InlineData(61, "1m1s")]
    [InlineData(-3, "0ms")]
    public void A_span_is_written_as_openai_writes_it_and_rounded_up(double seconds, string expected) => Assert.Equal(expected, OpenAiHeaders.Span(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void The_room_under_a_rate_limit_is_told()
    {
        var http = new DefaultHttpContext();

        OpenAiHeaders.WriteRate(http.Response, new RateHeadroom(60, 56, TimeSpan.FromSeconds(12)));

        Assert.Equal(
            ("60", "56", "12s"),
            (http.Response.Headers["x-ratelimit-limit-requests"].ToString(), http.Response.Headers["x-ratelimit-remaining-requests"].ToString(), http.Response.Headers["x-ratelimit-reset-requests"].ToString()));
    }

    [Fact]
    public void Without_a_rate_limit_there_are_no_rate_headers()
    {
        var http = new DefaultHttpContext();

        OpenAiHeaders.WriteRate(http.Response, null);

        Assert.Empty(http.Response.Headers);
    }
}
