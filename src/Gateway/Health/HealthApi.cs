namespace Vitrine.Gateway;

/// <summary>Whether work can be accepted, for load balancers; open to strangers and therefore silent about why not.</summary>
internal static class HealthApi
{
    public static void MapHealthApi(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/health", Get).OpenToStrangers().WithName("GetHealth").WithSummary("200 when work can be accepted, 503 when not.")
            .Produces<HealthBody>().Refuses(503);

    private static async Task Get(HttpContext http, HealthProbe probe)
    {
        if (await probe.Ask()) await http.Answer(200, new HealthBody("ok"), WireJson.Default.HealthBody);
        else await http.Answer(Outage.AnswerTo(new ClusterUnavailableException())!);
    }
}

internal sealed record HealthBody(string Status);
