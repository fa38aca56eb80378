using System.Globalization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>The headers that OpenAI's clients expect beside the body.</summary>
public static class OpenAiHeaders
{
    /// <summary>The version of the API that OpenAI itself names in every answer.</summary>
    public const string ApiVersion = "2020-10-01";

    /// <summary>Gives every answer of this dialect, errors too, <c>openai-version</c> and <c>openai-processing-ms</c>. Stands before authentication.</summary>
    public static IApplicationBuilder UseOpenAiHeaders(this IApplicationBuilder app)
    {
        var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
        return app.Use((http, next) =>
        {
            if (Dialect.Of(http.Request.Path) == Dialect.OpenAi)
            {
                var began = time.GetTimestamp();
                http.Response.OnStarting(() =>
                {
                    http.Response.Headers["openai-version"] = ApiVersion;
                    http.Response.Headers["openai-processing-ms"] = ((long)time.GetElapsedTime(began).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
                    return Task.CompletedTask;
                });
            }

            return next(http);
        });
    }

    /// <summary>
    /// The <c>x-ratelimit-*-requests</c> trio. What is limited is pictures per minute, as OpenAI limits images, so a request for n pictures takes n.
    /// </summary>
    public static void WriteRate(HttpResponse response, RateHeadroom? rate)
    {
        if (rate is null) return;
        response.Headers["x-ratelimit-limit-requests"] = rate.Limit.ToString(CultureInfo.InvariantCulture);
        response.Headers["x-ratelimit-remaining-requests"] = rate.Remaining.ToString(CultureInfo.InvariantCulture);
        response.Headers["x-ratelimit-reset-requests"] = Span(rate.Reset);
    }

    /// <summary>As OpenAI writes spans: <c>250ms</c>, <c>7s</c>, <c>6m0s</c>; rounded up, so that asking then succeeds.</summary>
    public static string Span(TimeSpan span)
    {
        if (span < TimeSpan.FromSeconds(1)) return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (long)Math.Ceiling(span.TotalMilliseconds))}ms");
        var seconds = (long)Math.Ceiling(span.TotalSeconds);
        return seconds < 60
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds}s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m{seconds % 60}s");
    }
}
