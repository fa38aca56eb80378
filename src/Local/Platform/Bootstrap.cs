using System.Net;
using System.Text.Json.Serialization;

namespace Vitrine.Local;

/// <summary>Makes the demo tenant and its key through the admin API, as an operator would for a real brand.</summary>
internal static class Bootstrap
{
    private const string Tenant = "demo";
    private const string Project = "launch";
    private const string User = "ada";

    /// <summary>Keeps the access in the file when its key still works here; else makes what is missing and writes the file.</summary>
    public static async Task<DevelopmentAccess> Run(string file, string gateway, string adminKey, string trustAnchor, CancellationToken ct)
    {
        if (await DevelopmentAccess.Read(file, ct) is { } earlier && await KeyWorks(gateway, earlier.ApiKey, ct))
        {
            var current = earlier with { Gateway = gateway, AdminKey = adminKey, TrustAnchor = trustAnchor };
            if (current != earlier)
                await current.Write(file, ct);
            return current;
        }

        using var admin = new GatewayConnection(gateway, adminKey);
        await admin.Make("v1/admin/tenants", new { id = Tenant, name = "Demo brand" }, ct);
        await admin.Make($"v1/admin/tenants/{Tenant}/projects", new { id = Project, name = "Launch campaign" }, ct);
        await admin.Make($"v1/admin/tenants/{Tenant}/users", new { id = User, name = "Ada" }, ct);
        var made = await admin.Post<MadeKey>($"v1/admin/tenants/{Tenant}/keys", new { project = Project, user = User, scopes = Scopes }, ct);
        var access = new DevelopmentAccess(gateway, made.Key, adminKey, Tenant, Project, User, trustAnchor);
        await access.Write(file, ct);
        return access;
    }

    private static readonly string[] Scopes = ["generate", "read"];

    /// <summary>Asks for something that every reader may see; only a refused key counts as not working.</summary>
    private static async Task<bool> KeyWorks(string gateway, string key, CancellationToken ct)
    {
        using var reader = new GatewayConnection(gateway, key);
        using var answer = await reader.Http.GetAsync(new Uri("v1/models", UriKind.Relative), ct);
        return answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
    }

    private sealed record MadeKey([property: JsonPropertyName("key")] string Key);
}
