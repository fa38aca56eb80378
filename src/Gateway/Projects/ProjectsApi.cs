using System.Text.Json;
using System.Text.RegularExpressions;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Campaigns and products of a brand: their administration and their use.</summary>
internal static partial class ProjectsApi
{
    public static void MapProjectsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/admin/tenants/{tenant}/projects", Create).Needs(Scopes.Admin).WithName("CreateProject").WithSummary("Make a project.")
            .Accepts<NewProjectRequest>("application/json").Produces<ProjectBody>(201).Refuses(400, 404, 409, 422);
        routes.MapGet("/v1/admin/tenants/{tenant}/projects", List).Needs(Scopes.Admin).WithName("ListProjects").WithSummary("Projects by id.")
            .Produces<Page<ProjectBody>>().Refuses(404, 422);
        routes.MapGet("/v1/admin/tenants/{tenant}/projects/{project}", Get).Needs(Scopes.Admin).WithName("GetProject").WithSummary("One project and what it has used this month.")
            .Produces<ProjectBody>().Refuses(404);
        routes.MapPut("/v1/admin/tenants/{tenant}/projects/{project}/limits", SetLimits).Needs(Scopes.Admin).WithName("SetProjectLimits").WithSummary("Replace the limits of a project.")
            .Accepts<LimitsBody>("application/json").Produces<AccountBody>().Refuses(400, 404, 422);
        routes.MapGet("/v1/projects/{id}/usage", Usage).Needs(Scopes.Read).WithName("GetProjectUsage").WithSummary("What a project has used in one calendar month (UTC).")
            .Produces<UsageBody>().Refuses(404, 422);
    }

    private static async Task Create(string tenant, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        using var body = await StrictJson.Read(http, http.RequestAborted);
        var (request, error) = body.Error is null ? NewProjectRequest.Read(body.Root) : (null, body.Error);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var outcome = await grains.Project(new(new(tenant), new(request!.Id))).Create(new(request.Name ?? request.Id, request.Models), http.RequestAborted);
        if (outcome.Refusal is { } refusal)
        {
            await http.Answer(ErrorAnswer.Of(refusal));
            return;
        }
        http.Response.Headers.Location = $"/v1/admin/tenants/{tenant}/projects/{request.Id}";
        await http.Answer(201, ProjectBody.Of(outcome.Value!, null), WireJson.Default.ProjectBody);
    }

    private static async Task List(string tenant, HttpContext http, IGrainFactory grains, string? limit = null, string? after = null)
    {
        if (!await TenantAccess.Enter(http, tenant, grains) || await PageQuery.Read(http) is not { } page) return;
        var projects = await grains.Members(new(tenant)).Projects(page.After, page.Limit);
        await http.Answer(200, page.Of(projects, project => ProjectBody.Of(project, null), project => project.Id), WireJson.Default.PageProjectBody);
    }

    private static async Task Get(string tenant, string project, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        if (!ProjectId.TryParse(project, out var id) || await grains.Project(new(new(tenant), id)).Get(http.RequestAborted) is not { } view)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        await http.Answer(200, ProjectBody.Of(view, await grains.Project(new(new(tenant), id)).Account(http.RequestAborted)), WireJson.Default.ProjectBody);
    }

    private static async Task SetLimits(string tenant, string project, HttpContext http, IGrainFactory grains)
    {
        if (!await TenantAccess.Enter(http, tenant, grains)) return;
        if (ProjectId.TryParse(project, out var id)) await AccountLimits.Set(http, grains.Project(new(new(tenant), id)));
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static async Task Usage(string id, HttpContext http, IGrainFactory grains, string? period = null)
    {
        var query = new QueryFields(http.Request.Query);
        var month = query.Text(nameof(period), 7);
        if (month is not null && !Month().IsMatch(month)) query.Invalid(nameof(period), "period is a month as yyyy-MM, for example 2026-01.");
        if (query.Error() is { } error)
        {
            await http.Answer(error);
            return;
        }
        var principal = http.Principal();
        // A key that is bound to a project is not told whether another one exists.
        if (!ProjectId.TryParse(id, out var project) || (principal.Project is { } bound && bound != project) ||
            await grains.Project(new(principal.Tenant, project)).Usage(month, http.RequestAborted) is not { } usage) await http.Answer(ErrorAnswer.NotFound);
        else await http.Answer(200, UsageBody.Of(usage), WireJson.Default.UsageBody);
    }

    [GeneratedRegex(@"\A2[0-9]{3}-(0[1-9]|1[0-2])\z", RegexOptions.CultureInvariant)]
    private static partial Regex Month();
}

/// <param name="Models">Names of the models that the project may use; null for all.</param>
internal sealed record NewProjectRequest(string Id, string? Name, IReadOnlyList<string>? Models)
{
    private const int MaxModels = 100;
    private const int MaxModelName = 256;

    public static (NewProjectRequest? Request, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var request = new NewProjectRequest(fields.RequiredName("id") ?? "", fields.Text("name", NewTenantRequest.MaxName), fields.Texts("models", MaxModels, MaxModelName));
        return fields.Error() is { } error ? (null, error) : (request, null);
    }
}

internal sealed record ProjectBody(string Id, string Name, DateTimeOffset CreatedAt, LimitsBody Limits, IReadOnlyList<string>? Models, AccountBody? Account)
{
    public static ProjectBody Of(ProjectView project, AccountView? account) =>
        new(project.Id, project.Name, project.CreatedAt, LimitsBody.Of(project.Limits), project.Models, account is null ? null : AccountBody.Of(account));
}

/// <summary>Use in one month, in credits: settled by finished jobs, reserved by open ones.</summary>
internal sealed record UsageBody(
    string Project, string Period, decimal Settled, decimal Reserved, decimal? Limit, long Jobs, long Images, IReadOnlyDictionary<string, long> JobsByState)
{
    public static UsageBody Of(UsageView usage) => new(
        usage.Project, usage.Period, usage.Settled.Amount, usage.Reserved.Amount, usage.Limit?.Amount, usage.Jobs, usage.Images, usage.JobsByState);
}
