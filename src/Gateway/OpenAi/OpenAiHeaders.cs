using System.Globalization;

namespace Vitrine.Gateway.OpenAi;

/// <summary>The headers that OpenAI's clients expect beside the body; those about rates are in <see cref="RateHeaders"/>.</summary>
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
}
