using Microsoft.AspNetCore.HttpOverrides;

namespace Vitrine.Gateway;

/// <summary>Who is believed when they say for whom they ask.</summary>
internal static class TrustedProxies
{
    /// <summary>Takes the caller's address from <c>X-Forwarded-For</c> on connections of the proxies named in the settings, and of nobody else; before anything that looks at it.</summary>
    public static void UseTrustedProxies(this WebApplication app, GatewayOptions options)
    {
        if (options.ProxyNetworks() is not { Count: > 0 } networks) return;
        // No limit to the hops: each has to be a proxy of the list, so the walk ends at the first address that somebody could have made up.
        var headers = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        // As they come they trust this machine.
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var network in networks) headers.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(headers);
    }
}
