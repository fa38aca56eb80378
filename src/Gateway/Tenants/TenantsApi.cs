using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Brands. The platform makes and lists them; a brand's own admin looks at and bounds its own.</summary>
internal static class TenantsApi
{
    public static void MapTenantsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/admin/tenants", Create).Needs(Scopes.Admin).WithName("CreateTenant").WithSummary("Make a tenant; keys of the platform only.")
            .Accepts<NewTenantRequest>("application/json").Produces<TenantBody>(201).Refuses(400, 409, 422);
        routes.MapGet("/v1/admin/tenants", List).Needs(Scopes.Admin).WithName("ListTenants").WithSummary("All tenants by id; keys of the platform only.")
            .Produces<Page<TenantBody>>().Refuses(422);
        routes.MapGet("/v1/admin/tenants/{tenant}", Get).Needs(Scopes.Admin).WithName("GetTenant").WithSummary("One tenant and what it has used this month.")
            .Produces<TenantBody>().Refuses(404);
        routes.MapPut("/v1/admin/tenants/{tenant}/limits", SetLimits).Needs(Scopes.Admin).WithName("SetTenantLimits").WithSummary("Replace the limits of a tenant; keys of the platform only.")
            .Accepts<LimitsBody>("application/json").Produces<AccountBody>().Refuses(400, 404, 422);
    }

    private static async Task Create(HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.EnterPlatform(http)) return;
        using var body = await StrictJson.Read(http, http.RequestAborted);
        var (request, error) = body.Error is null ? NewTenantRequest.Read(body.Root) : (null, body.Error);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var tenant = new TenantId(request!.Id);
        GrainCalls.For(tenant);
        var outcome = await grains.Tenant(tenant).Create(new(request.Name ?? request.Id), http.RequestAborted);
        if (outcome.Refusal is { } refusal)
        {
            await http.Answer(ErrorAnswer.Of(refusal));
            return;
        }
        http.Response.Headers.Location = $"/v1/admin/tenants/{tenant}";
        await http.Answer(201, TenantBody.Of(outcome.Value!, null), WireJson.Default.TenantBody);
    }

    private static async Task List(HttpContext http, IGrainFactory grains, string? limit = null, string? after = null)
    {
        if (!await TenantAccess.EnterPlatform(http) || await PageQuery.Read(http) is not { } page) return;
        var tenants = await grains.Members(TenantId.Platform).Tenants(page.After, page.Limit);
        await http.Answer(200, page.Of(tenants, tenant => TenantBody.Of(tenant, null), tenant => tenant.Id), WireJson.Default.PageTenantBody);
    }

    private static async Task Get(string tenant, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        var grain = grains.Tenant(new(tenant));
        if (await grain.Get(http.RequestAborted) is not { } view) await http.Answer(ErrorAnswer.NotFound);
        else await http.Answer(200, TenantBody.Of(view, await grain.Account(http.RequestAborted)), WireJson.Default.TenantBody);
    }

    // A brand may not raise what the platform sells it.
    private static async Task SetLimits(string tenant, HttpContext http, IGrainFactory grains)
    {
        if (await TenantAccess.Enter(http, tenant, grains) && await TenantAccess.EnterPlatform(http)) await AccountLimits.Set(http, grains.Tenant(new(tenant)));
    }
}

internal sealed record NewTenantRequest(string Id, string? Name)
{
    public const int MaxName = 200;

    public static (NewTenantRequest? Request, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var request = new NewTenantRequest(fields.RequiredName("id") ?? "", fields.Text("name", MaxName));
        return fields.Error() is { } error ? (null, error) : (request, null);
    }
}

internal sealed record TenantBody(string Id, string Name, DateTimeOffset CreatedAt, LimitsBody Limits, AccountBody? Account)
{
    public static TenantBody Of(TenantView tenant, AccountView? account) =>
        new(tenant.Id, tenant.Name, tenant.CreatedAt, LimitsBody.Of(tenant.Limits), account is null ? null : AccountBody.Of(account));
}
