using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Vitrine.Gateway;

/// <summary>
/// RFC 9457 problem details with a stable <c>code</c>. The request id stands in the header only, so that the answer for a foreign thing
/// equals the answer for one that does not exist, byte for byte.
/// </summary>
internal sealed class ProblemDialect : Dialect
{
    public override string Name => "native";

    protected override string MediaType => "application/problem+json";

    protected override int StatusOf(ErrorAnswer answer) => answer.Status;

    protected override void WriteBody(Utf8JsonWriter json, ErrorAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("type", "urn:vitrine:error:" + answer.Code);
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(answer.Status));
        json.WriteNumber("status", answer.Status);
        json.WriteString("detail", answer.Detail);
        json.WriteString("code", answer.Code);
        if (answer.Fields is { } fields)
        {
            json.WriteStartArray("errors");
            foreach (var field in fields)
            {
                json.WriteStartObject();
                json.WriteString("pointer", field.At);
                json.WriteString("code", field.Code);
                json.WriteString("detail", field.Detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
