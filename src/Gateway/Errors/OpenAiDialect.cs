using System.Text.Json;

namespace Vitrine.Gateway;

/// <summary>OpenAI's error body: <c>{"error":{"message","type","param","code"}}</c>, all four always present (openapi.yaml, ErrorResponse).</summary>
internal sealed class OpenAiDialect : Dialect
{
    public override string Name => "openai";

    protected override string MediaType => "application/json";

    protected override int StatusOf(ErrorAnswer answer) => answer.Fields is null ? answer.Status : StatusCodes.Status400BadRequest;

    protected override void WriteBody(Utf8JsonWriter json, ErrorAnswer answer)
    {
        var field = answer.Fields is [var first, ..] ? first : null;
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", field?.Detail ?? answer.Detail);
        json.WriteString("type", TypeOf(answer));
        json.WriteString("param", field is null ? answer.Param : field.At.TrimStart('/', '?'));
        json.WriteString("code", field?.Code ?? answer.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string TypeOf(ErrorAnswer answer) => answer.Code switch
    {
        "moderation_blocked" => "image_generation_user_error",
        "insufficient_quota" => "insufficient_quota",
        "rate_limit_exceeded" => "requests",
        _ => answer.Status >= 500 ? "server_error" : "invalid_request_error",
    };
}
