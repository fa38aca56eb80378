using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>API keys of a brand. The secret leaves the platform once, in the answer that makes it.</summary>
internal static class KeysApi
{
    public static void MapKeysApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/admin/tenants/{tenant}/keys", Issue).Needs(Scopes.Admin).WithName("IssueKey").WithSummary("Make an API key; the answer shows it for the only time.")
            .Accepts<NewKeyRequest>("application/json").Produces<NewKeyBody>(201).Refuses(400, 404, 422);
        routes.MapGet("/v1/admin/tenants/{tenant}/keys", List).Needs(Scopes.Admin).WithName("ListKeys").WithSummary("API keys by id, without their secrets.")
            .Produces<Page<KeyBody>>().Refuses(404, 422);
        routes.MapDelete("/v1/admin/tenants/{tenant}/keys/{key}", Revoke).Needs(Scopes.Admin).WithName("RevokeKey").WithSummary("End an API key, everywhere within a second.")
            .Produces<KeyBody>().Refuses(404);
        routes.MapPost("/v1/admin/tenants/{tenant}/keys/{key}/erase", Erase).WithName("EraseKey")
            .WithSummary("Forget, for ever, what was said through an API key under no user and no end user: as a user is forgotten. 404 also for a key that is bound to a user; erase that user.")
            .ErasesSomebody().Refuses(404);
    }

    private static async Task Issue(string tenant, HttpContext http, IGrainFactory grains, TimeProvider time)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        using var body = await StrictJson.Read(http, http.RequestAborted);
        var (request, error) = body.Error is null ? NewKeyRequest.Read(body.Root, time.GetUtcNow()) : (null, body.Error);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var key = ApiKey.New(new(tenant));
        var outcome = await grains.Tenant(key.Tenant).IssueKey(request!.Command(key), http.RequestAborted);
        if (outcome.Refusal is { } refusal) await http.Answer(ErrorAnswer.Of(refusal));
        else await http.Answer(201, NewKeyBody.Of(outcome.Value!, key), WireJson.Default.NewKeyBody);
    }

    private static async Task List(string tenant, HttpContext http, IGrainFactory grains, string? limit = null, string? after = null)
    {
        if (!await TenantAccess.Enter(http, tenant, grains) || await PageQuery.Read(http) is not { } page) return;
        var keys = await grains.Keys(new(tenant)).List(page.After, page.Limit);
        await http.Answer(200, page.Of(keys, KeyBody.Of, key => key.Id), WireJson.Default.PageKeyBody);
    }

    private static async Task Erase(string tenant, string key, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        if (KeyId.TryParse(key, out var id)) await Erasing.Run(http, grains, new(new(tenant), SubjectId.Of(id)));
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static async Task Revoke(string tenant, string key, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        if (!KeyId.TryParse(key, out var id))
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        var outcome = await grains.Tenant(new(tenant)).RevokeKey(id, http.RequestAborted);
        if (outcome.Refusal is { } refusal) await http.Answer(ErrorAnswer.Of(refusal));
        else await http.Answer(200, KeyBody.Of(outcome.Value!), WireJson.Default.KeyBody);
    }
}
