using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Vitrine.Gateway;

/// <summary>Writes the access rules of the endpoints into the OpenAPI document.</summary>
internal static class Security
{
    private const string Scheme = "api_key";

    public static Task Define(OpenApiDocument description, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        description.Components ??= new();
        description.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "vk-<tenant>-<key id>-<secret>" },
        };
        return Task.CompletedTask;
    }

    public static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var rule = context.Description.ActionDescriptor.EndpointMetadata.OfType<AccessRule>().LastOrDefault();
        if (rule?.Scope is not { } scope) return Task.CompletedTask;
        operation.Security = [new() { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [.. KeyScopes.Words(scope)] }];
        return Task.CompletedTask;
    }
}
