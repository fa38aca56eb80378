using Microsoft.Extensions.Primitives;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Lets a request through to its endpoint when its API key may use it; otherwise answers in the dialect of the path.</summary>
internal sealed class AccessControl(RequestDelegate next, AuthenticatedKeys keys, ClusterConnection cluster)
{
    private const string Bearer = "Bearer ";
    private static readonly AccessRule Closed = AccessRule.Needs((Scopes)~0);
    private static readonly ErrorAnswer TwoAuthorizations = ErrorAnswer.InvalidHeader("Authorization", "Send exactly one Authorization header.");
    private static readonly ErrorAnswer NotAcceptable = new(406, "not_acceptable", "Answers are JSON; ask with 'Accept: application/json'.");

    public Task Invoke(HttpContext http)
    {
        // Without a route there is only the answer that there is none: 404, 405 or 415.
        if (http.GetEndpoint() is not RouteEndpoint endpoint) return next(http);
        var rule = endpoint.Metadata.GetMetadata<AccessRule>() ?? Closed;
        return rule.Scope is { } scope ? Check(http, rule, scope) : next(http);
    }

    private async Task Check(HttpContext http, AccessRule rule, Scopes scope)
    {
        cluster.Require();
        var dialect = Dialect.Of(http.Request.Path);
        var authorization = http.Request.Headers.Authorization;
        if (authorization.Count > 1)
        {
            await dialect.Write(http, TwoAuthorizations);
            return;
        }
        if (rule.AcceptsSignedLink && authorization.Count == 0 && http.Request.Query.ContainsKey("signature"))
        {
            await next(http);
            return;
        }

        var principal = TokenOf(http.Request) is { } token ? await keys.Authenticate(token) : null;
        if (principal is null)
        {
            await dialect.Write(http, ErrorAnswer.InvalidApiKey);
            return;
        }
        http.Facts().Principal = principal;
        if (!principal.May(scope))
        {
            await dialect.Write(http, ErrorAnswer.InsufficientScope);
            return;
        }
        if (dialect == Dialect.Native && !rule.AcceptsSignedLink && !AcceptsJson(http.Request.Headers.Accept))
        {
            await dialect.Write(http, NotAcceptable);
            return;
        }
        GrainCalls.For(principal.Tenant);
        await next(http);
    }

    /// <summary>What the caller sends as its key; null where it sends none.</summary>
    internal static string? TokenOf(HttpRequest request) => request.Headers.Authorization.ToString() is { Length: > 7 } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        ? header[Bearer.Length..].TrimStart(' ')
        : null;

    // Weights and parameters are not looked at: who names JSON, event streams or a wildcard at all can read what we send.
    private static bool AcceptsJson(StringValues accept)
    {
        if (accept.Count == 0) return true;
        foreach (var value in accept)
            if (string.IsNullOrWhiteSpace(value) || value.Contains("json", StringComparison.OrdinalIgnoreCase) || value.Contains("*/*", StringComparison.Ordinal) ||
                value.Contains("application/*", StringComparison.OrdinalIgnoreCase) || value.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
