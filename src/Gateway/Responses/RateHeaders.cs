using System.Globalization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Room under the images-per-minute limit, in the headers that OpenAI's clients read; times as <c>6m0s</c>, <c>1s</c> or <c>250ms</c>.</summary>
public static class RateHeaders
{
    public static void Set(HttpResponse response, RateHeadroom? rate)
    {
        if (rate is null) return;
        response.Headers["x-ratelimit-limit-requests"] = rate.Limit.ToString(CultureInfo.InvariantCulture);
        response.Headers["x-ratelimit-remaining-requests"] = rate.Remaining.ToString(CultureInfo.InvariantCulture);
        response.Headers["x-ratelimit-reset-requests"] = Text(rate.Reset);
    }

    internal static string Text(TimeSpan wait)
    {
        if (wait < TimeSpan.FromSeconds(1)) return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)Math.Ceiling(wait.TotalMilliseconds))}ms");
        var seconds = (long)Math.Ceiling(wait.TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{(seconds >= 60 ? $"{seconds / 60}m" : "")}{seconds % 60}s");
    }
}
