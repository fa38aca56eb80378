using System.Text.Json;
using Vitrine.Gateway.OpenAi;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>People whom a caller names in OpenAI's field <c>user</c> and who are no users of the tenant.</summary>
internal static class EndUsersApi
{
    public static void MapEndUsersApi(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/admin/tenants/{tenant}/end-users/erase", Erase).WithName("EraseEndUser")
            .WithSummary("Forget, for ever, somebody whom requests named as their end user, through whatever key: as a user is forgotten. The name is in the body, so that it is in no address. 404 when no job is theirs.")
            .Accepts<EraseEndUserRequest>("application/json").ErasesSomebody().Refuses(400, 404, 413, 415, 422);

    private static async Task Erase(string tenant, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        using var body = await StrictJson.Read(http, http.RequestAborted);
        var (request, error) = body.Error is null ? EraseEndUserRequest.Read(body.Root) : (null, body.Error);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var subject = await grains.EndUsers(new(tenant)).Find(request!.EndUser, http.RequestAborted);
        await Erasing.Run(http, grains, new(new(tenant), subject), request.EndUser);
    }
}

/// <param name="EndUser">The very text that requests have in <c>user</c>: 1 to 256 UTF-16 units.</param>
internal sealed record EraseEndUserRequest(string EndUser)
{
    public static (EraseEndUserRequest? Request, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var request = new EraseEndUserRequest(fields.RequiredText("end_user", OpenAiImageRequest.MaxEndUser) ?? "");
        return fields.Error() is { } error ? (null, error) : (request, null);
    }
}
