using System.Text.Json;

namespace Vitrine.Gateway;

/// <summary>The OpenAPI document, served at <c>/openapi.json</c> and kept in <c>docs/openapi.json</c>.</summary>
internal static class ApiDocument
{
    public const string Name = "v1";

    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            // The schemas take their names from here, not from the generated serialisers that write the answers.
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default);
        });
        services.AddOpenApi(Name, document =>
        {
            document.AddDocumentTransformer((description, _, _) =>
            {
                description.Info = new() { Title = "Vitrine", Version = "1", Description = "Generative media for brands, with provenance on every picture." };
                // Where it runs is not part of the contract, and would make the kept document differ from machine to machine.
                description.Servers?.Clear();
                return Task.CompletedTask;
            });
            document.AddOperationTransformer(Security.Describe);
            document.AddDocumentTransformer(Security.Define);
        });
    }

    public static void MapOpenApiDocument(this IEndpointRouteBuilder routes) => routes.MapOpenApi("/openapi.json").OpenToStrangers();

    /// <summary>Says that the endpoint answers with a problem in these cases; 401, 403 and 503 are understood.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses) endpoint.Produces<ProblemBody>(status, "application/problem+json");
        return endpoint;
    }
}
