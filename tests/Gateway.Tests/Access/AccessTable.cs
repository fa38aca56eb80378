using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Access;

/// <summary>What three people get from one endpoint: a stranger without a key, a key of the same tenant that lacks the scope, and a key of another tenant.</summary>
/// <param name="Path">The path of the OpenAPI document.</param>
/// <param name="Scope">What the endpoint needs: none for any key at all, null when it is open to strangers.</param>
/// <param name="Query">What the endpoint needs in its query.</param>
/// <param name="OtherTenant">The answer to the other tenant's well-scoped key that names things of <c>acme</c>: 404, or what the row says and why.</param>
internal sealed record AccessRow(string Method, string Path, Scopes? Scope, string? Body = null, int OtherTenant = 404, string Query = "");

internal static class AccessTable
{
    public static readonly IReadOnlyList<AccessRow> Rows =
    [
        new("POST", "/v1/jobs", Scopes.Generate, """{"prompt":"a fox","project":"only-acme-has-it"}"""),
        // Each tenant's list is its own: the other tenant's is empty.
        new("GET", "/v1/jobs", Scopes.Read, OtherTenant: 200),
        new("GET", "/v1/jobs/{id}", Scopes.Read),
        new("GET", "/v1/jobs/{id}/events", Scopes.Read),
        new("DELETE", "/v1/jobs/{id}", Scopes.Generate),
        // Names nothing but an address, which is none that may be asked.
        new("POST", "/v1/inputs", Scopes.Generate, """{"url":"http://127.0.0.1/"}""", OtherTenant: 422),
        new("GET", "/v1/inputs/{id}", Scopes.Read),
        new("DELETE", "/v1/inputs/{id}", Scopes.Generate),
        new("GET", "/v1/inputs/{id}/content", Scopes.Read),
        new("HEAD", "/v1/inputs/{id}/content", Scopes.Read),
        new("GET", "/v1/assets/{id}", Scopes.Read),
        new("GET", "/v1/assets/{id}/content", Scopes.Read),
        new("HEAD", "/v1/assets/{id}/content", Scopes.Read),
        new("GET", "/v1/assets/{id}/stamped", Scopes.Read),
        new("HEAD", "/v1/assets/{id}/stamped", Scopes.Read),
        new("GET", "/v1/assets/{id}/lineage", Scopes.Audit),
        new("GET", "/v1/assets/{id}/bundle", Scopes.Audit),
        new("POST", "/v1/assets/{id}/replay", Scopes.Audit),
        new("POST", "/v1/assets/{id}/renditions", Scopes.Generate, "{}"),
        new("GET", "/v1/replays/{id}", Scopes.Audit),
        new("DELETE", "/v1/replays/{id}", Scopes.Audit),
        // Each tenant's log is its own: the other tenant's is empty.
        new("GET", "/v1/audit/events", Scopes.Audit, OtherTenant: 200),
        new("GET", "/v1/ledger/checkpoint", Scopes.Audit),
        new("GET", "/v1/ledger/key", Scopes.Audit),
        new("GET", "/v1/ledger/platform", Scopes.Audit),
        new("GET", "/v1/ledger/tile/{level}/{place}", Scopes.Audit),
        new("GET", "/v1/ledger/tile/entries/{place}", Scopes.Audit),
        new("GET", "/v1/ledger/proofs/inclusion", Scopes.Audit, Query: "?index=0"),
        new("GET", "/v1/ledger/proofs/consistency", Scopes.Audit, Query: "?from=0"),
        new("GET", "/v1/sessions/{id}", Scopes.Read),
        new("GET", "/v1/projects/{id}/usage", Scopes.Read),
        // Whether the platform's endpoints exist is no secret; what they hold is.
        new("POST", "/v1/admin/tenants", Scopes.Admin, """{"id":"mine"}""", OtherTenant: 403),
        new("GET", "/v1/admin/tenants", Scopes.Admin, OtherTenant: 403),
        new("GET", "/v1/admin/tenants/{tenant}", Scopes.Admin),
        new("PUT", "/v1/admin/tenants/{tenant}/limits", Scopes.Admin, "{}"),
        new("POST", "/v1/admin/tenants/{tenant}/projects", Scopes.Admin, """{"id":"autumn"}"""),
        new("GET", "/v1/admin/tenants/{tenant}/projects", Scopes.Admin),
        new("GET", "/v1/admin/tenants/{tenant}/projects/{project}", Scopes.Admin),
        new("PUT", "/v1/admin/tenants/{tenant}/projects/{project}/limits", Scopes.Admin, "{}"),
        new("POST", "/v1/admin/tenants/{tenant}/users", Scopes.Admin, """{"id":"ann"}"""),
        new("GET", "/v1/admin/tenants/{tenant}/users", Scopes.Admin),
        new("GET", "/v1/admin/tenants/{tenant}/users/{user}", Scopes.Admin),
        new("PUT", "/v1/admin/tenants/{tenant}/users/{user}/limits", Scopes.Admin, "{}"),
        new("POST", "/v1/admin/tenants/{tenant}/users/{user}/erase", Scopes.Admin),
        new("POST", "/v1/admin/tenants/{tenant}/end-users/erase", Scopes.Admin, """{"end_user":"visitor"}"""),
        new("POST", "/v1/admin/tenants/{tenant}/keys", Scopes.Admin, """{"scopes":["read"]}"""),
        new("GET", "/v1/admin/tenants/{tenant}/keys", Scopes.Admin),
        new("DELETE", "/v1/admin/tenants/{tenant}/keys/{key}", Scopes.Admin),
        new("POST", "/v1/admin/tenants/{tenant}/keys/{key}/erase", Scopes.Admin),
        // For anybody, and the same answer for everybody.
        new("POST", "/v1/verify", null),
        new("GET", "/v1/services/supportedAlgorithms", null),
        new("GET", "/v1/matches/byBinding", null),
        new("POST", "/v1/matches/byBinding", null),
        new("POST", "/v1/matches/byContent", null),
        new("GET", "/v1/manifests/{manifestId}", null),
        new("GET", "/health", null),
        // Names nothing but the key's own project, and the other tenant's key has none.
        new("POST", "/v1/images/generations", Scopes.Generate, """{"prompt":"a fox"}""", OtherTenant: 403),
        // Any key of a brand may see its models; each tenant sees its own.
        new("GET", "/v1/models", Scopes.None, OtherTenant: 200),
        new("GET", "/v1/models/{id}", Scopes.None),
    ];
}
