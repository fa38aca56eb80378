using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Who may use an endpoint. An endpoint without a rule is closed to everybody, and a test names it.</summary>
public sealed class AccessRule
{
    private AccessRule() { }

    /// <summary>Needed of the API key; null for endpoints that are open to strangers.</summary>
    public Scopes? Scope { get; private init; }

    /// <summary>A signed link opens the endpoint as well as a key does.</summary>
    public bool AcceptsSignedLink { get; private init; }

    public static readonly AccessRule Open = new();
    public static AccessRule Needs(Scopes scope) => new() { Scope = scope };
    public static AccessRule NeedsOrSignedLink(Scopes scope) => new() { Scope = scope, AcceptsSignedLink = true };
}

/// <summary>Declares access where an endpoint is mapped.</summary>
public static class AccessRules
{
    public static T Needs<T>(this T endpoint, Scopes scope) where T : IEndpointConventionBuilder => endpoint.WithMetadata(AccessRule.Needs(scope));
    public static T NeedsOrSignedLink<T>(this T endpoint, Scopes scope) where T : IEndpointConventionBuilder => endpoint.WithMetadata(AccessRule.NeedsOrSignedLink(scope));
    public static T OpenToStrangers<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(AccessRule.Open);
}
