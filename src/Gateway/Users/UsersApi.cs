using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>People and systems that a brand lets ask.</summary>
internal static class UsersApi
{
    public static void MapUsersApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/admin/tenants/{tenant}/users", Register).Needs(Scopes.Admin).WithName("RegisterUser").WithSummary("Make a user.")
            .Accepts<NewUserRequest>("application/json").Produces<UserBody>(201).Refuses(400, 404, 409, 422);
        routes.MapGet("/v1/admin/tenants/{tenant}/users", List).Needs(Scopes.Admin).WithName("ListUsers").WithSummary("Users by id.")
            .Produces<Page<UserBody>>().Refuses(404, 422);
        routes.MapGet("/v1/admin/tenants/{tenant}/users/{user}", Get).Needs(Scopes.Admin).WithName("GetUser").WithSummary("One user and what they have used this month.")
            .Produces<UserBody>().Refuses(404);
        routes.MapPut("/v1/admin/tenants/{tenant}/users/{user}/limits", SetLimits).Needs(Scopes.Admin).WithName("SetUserLimits").WithSummary("Replace the limits of a user.")
            .Accepts<LimitsBody>("application/json").Produces<AccountBody>().Refuses(400, 404, 422);
        routes.MapPost("/v1/admin/tenants/{tenant}/users/{user}/erase", Erase).WithName("EraseUser")
            .WithSummary("Forget a person, for ever: ends their jobs, destroys the key of their texts, deletes their pictures, and records it. What they used stays counted. 202 while there is more to do, which goes on by itself; asking again tells how far it is.")
            .ErasesSomebody().Refuses(404);
    }

    private static async Task Erase(string tenant, string user, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        if (UserId.TryParse(user, out var id)) await Erasing.Run(http, grains, new(new(tenant), id));
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static async Task Register(string tenant, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        using var body = await StrictJson.Read(http, http.RequestAborted);
        var (request, error) = body.Error is null ? NewUserRequest.Read(body.Root) : (null, body.Error);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var outcome = await grains.User(new(new(tenant), new(request!.Id))).Register(new(request.Name ?? request.Id), http.RequestAborted);
        if (outcome.Refusal is { } refusal)
        {
            await http.Answer(ErrorAnswer.Of(refusal));
            return;
        }
        http.Response.Headers.Location = $"/v1/admin/tenants/{tenant}/users/{request.Id}";
        await http.Answer(201, UserBody.Of(outcome.Value!, null), WireJson.Default.UserBody);
    }

    private static async Task List(string tenant, HttpContext http, IGrainFactory grains, string? limit = null, string? after = null)
    {
        if (!await TenantAccess.Enter(http, tenant, grains) || await PageQuery.Read(http) is not { } page) return;
        var users = await grains.Members(new(tenant)).Users(page.After, page.Limit);
        await http.Answer(200, page.Of(users, user => UserBody.Of(user, null), user => user.Id), WireJson.Default.PageUserBody);
    }

    private static async Task Get(string tenant, string user, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        if (!UserId.TryParse(user, out var id) || await grains.User(new(new(tenant), id)).Get(http.RequestAborted) is not { } view)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        await http.Answer(200, UserBody.Of(view, await grains.User(new(new(tenant), id)).Account(http.RequestAborted)), WireJson.Default.UserBody);
    }

    private static async Task SetLimits(string tenant, string user, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        if (UserId.TryParse(user, out var id)) await AccountLimits.Set(http, grains.User(new(new(tenant), id)));
        else await http.Answer(ErrorAnswer.NotFound);
    }
}

internal sealed record NewUserRequest(string Id, string? Name)
{
    public static (NewUserRequest? Request, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var request = new NewUserRequest(fields.RequiredName("id") ?? "", fields.Text("name", NewTenantRequest.MaxName));
        return fields.Error() is { } error ? (null, error) : (request, null);
    }
}

/// <param name="Name">Empty once the user is erased.</param>
/// <param name="State"><c>active</c>, <c>erasing</c> or <c>erased</c>.</param>
internal sealed record UserBody(string Id, string Name, DateTimeOffset CreatedAt, LimitsBody Limits, AccountBody? Account, string State, DateTimeOffset? ErasedAt)
{
    public static UserBody Of(UserView user, AccountView? account) =>
        new(user.Id, user.Name, user.CreatedAt, LimitsBody.Of(user.Limits), account is null ? null : AccountBody.Of(account),
            user.State switch { UserState.Erased => "erased", UserState.Erasing => "erasing", _ => "active" }, user.ErasedAt);
}
