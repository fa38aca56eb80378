using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>: the models that the caller's project may use.</summary>
public static class OpenAiModelsApi
{
    /// <summary>Which models there are is no secret from any key of the brand.</summary>
    private const Scopes AnyKey = Scopes.None;

    public static IEndpointRouteBuilder MapOpenAiModelsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", List)
            .Needs(AnyKey).WithName("ListModels").WithSummary("The models that this key may use.")
            .Produces<OpenAiModelList>();
        routes.MapGet("/v1/models/{id}", Retrieve)
            .Needs(AnyKey).WithName("RetrieveModel").WithSummary("One model that this key may use.")
            .Produces<OpenAiModel>().RefusesAsOpenAi(404);
        return routes;
    }

    private static async Task List(HttpContext http, IGrainFactory grains) =>
        await http.Answer(200, new OpenAiModelList("list", [.. (await Models(http, grains)).Select(Told)]), OpenAiJson.Default.OpenAiModelList);

    private static async Task Retrieve(HttpContext http, string id, IGrainFactory grains)
    {
        if ((await Models(http, grains)).FirstOrDefault(model => model.Name == id) is { } model) await http.Answer(200, Told(model), OpenAiJson.Default.OpenAiModel);
        else await Dialect.OpenAi.Write(http, OpenAiErrors.ModelNotFound);
    }

    private static Task<IReadOnlyList<ModelView>> Models(HttpContext http, IGrainFactory grains)
    {
        var principal = http.Principal();
        GrainCalls.For(principal.Tenant);
        return grains.Models(principal.Tenant).List(principal.Project);
    }

    private static OpenAiModel Told(ModelView model) => new(model.Name, "model", model.Released.ToUnixTimeSeconds(), "vitrine");
}
