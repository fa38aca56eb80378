using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Creative threads.</summary>
internal static class SessionsApi
{
    public static void MapSessionsApi(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/sessions/{id}", Get).Needs(Scopes.Read).WithName("GetSession").WithSummary("One creative thread with its newest 200 jobs.")
            .Produces<SessionBody>().Refuses(404);

    private static async Task Get(string id, HttpContext http, IGrainFactory grains, AssetUrls urls, TimeProvider time)
    {
        var tenant = http.Principal().Tenant;
        if (!Slug.IsValid(id) || await grains.Session(new(tenant, id)).Get() is not { } view)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        var now = time.GetUtcNow();
        await http.Answer(200, new SessionBody(view.Id, view.FirstAt, view.LastAt, view.JobCount, view.ImageCount, view.Settled.Amount,
            [.. view.Jobs.Select(job => JobBody.Of(tenant, job, null, urls, now))]), WireJson.Default.SessionBody);
    }
}

/// <summary>A creative thread; <see cref="Jobs"/> holds the newest 200, the counts count all.</summary>
internal sealed record SessionBody(string Id, DateTimeOffset FirstAt, DateTimeOffset LastAt, int JobCount, int ImageCount, decimal Settled, IReadOnlyList<JobBody> Jobs);
