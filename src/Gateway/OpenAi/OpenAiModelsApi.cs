using System.Text.Json.Serialization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>A model as OpenAI's clients list it (OpenAI API, <c>Model</c>).</summary>
/// <param name="Created">When it was released, in Unix seconds.</param>
public sealed record OpenAiModel(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("object")] string Kind, [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("owned_by")] string OwnedBy)
{
    public static OpenAiModel Of(ModelView model) => new(model.Name, "model", model.Released.ToUnixTimeSeconds(), "vitrine");
}

/// <summary>OpenAI's <c>ListModelsResponse</c>.</summary>
public sealed record OpenAiModelList([property: JsonPropertyName("object")] string Kind, [property: JsonPropertyName("data")] IReadOnlyList<OpenAiModel> Data);

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>: the models that the caller's project may use.</summary>
public static class OpenAiModelsApi
{
    /// <summary>Which models there are is no secret from any key of the brand.</summary>
    private const Scopes AnyKey = Scopes.None;

    public static IEndpointRouteBuilder MapOpenAiModelsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", List)
            .WithName("ListModels").WithSummary("The models that this key may use.").Needs(AnyKey);
        routes.MapGet("/v1/models/{id}", Retrieve)
            .WithName("RetrieveModel").WithSummary("One model that this key may use.").Needs(AnyKey);
        return routes;
    }

    private static async Task List(HttpContext http, IGrainFactory grains) =>
        await http.Response.WriteAsJsonAsync(new OpenAiModelList("list", [.. (await Models(http, grains)).Select(OpenAiModel.Of)]), http.RequestAborted);

    private static async Task Retrieve(HttpContext http, string id, IGrainFactory grains)
    {
        if ((await Models(http, grains)).FirstOrDefault(model => model.Name == id) is { } model) await http.Response.WriteAsJsonAsync(OpenAiModel.Of(model), http.RequestAborted);
        else await Dialect.OpenAi.Write(http, OpenAiErrors.ModelNotFound);
    }

    private static Task<IReadOnlyList<ModelView>> Models(HttpContext http, IGrainFactory grains)
    {
        var principal = http.Principal();
        GrainCalls.For(principal.Tenant);
        return grains.Models(principal.Tenant).List(principal.Project);
    }
}
