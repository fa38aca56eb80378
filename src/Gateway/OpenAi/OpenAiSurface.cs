namespace Vitrine.Gateway.OpenAi;

/// <summary>All of the OpenAI dialect, for the composition root. <see cref="OpenAiHeaders.UseOpenAiHeaders"/> goes before authentication.</summary>
public static class OpenAiSurface
{
    public static IServiceCollection AddOpenAi(this IServiceCollection services) => services
        .AddSingleton<OpenAiAnswer>()
        .ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, OpenAiJson.Default));

    public static IEndpointRouteBuilder MapOpenAi(this IEndpointRouteBuilder routes) => routes.MapOpenAiImagesApi().MapOpenAiModelsApi();

    /// <summary>Says in the OpenAPI document that the endpoint answers with OpenAI's error body in these cases; 401, 403 and 503 are understood.</summary>
    internal static RouteHandlerBuilder RefusesAsOpenAi(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses) endpoint.Produces<OpenAiErrorBody>(status);
        return endpoint;
    }
}
