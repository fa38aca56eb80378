namespace Vitrine.Gateway.OpenAi;

/// <summary>All of the OpenAI dialect, for the composition root. <see cref="OpenAiHeaders.UseOpenAiHeaders"/> goes before authentication.</summary>
public static class OpenAiSurface
{
    public static IServiceCollection AddOpenAi(this IServiceCollection services) => services.AddSingleton<OpenAiAnswer>();

    public static IEndpointRouteBuilder MapOpenAi(this IEndpointRouteBuilder routes) => routes.MapOpenAiImagesApi().MapOpenAiModelsApi();
}
