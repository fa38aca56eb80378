using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Vitrine.Gateway.Tests.OpenAi;

/// <summary>An error as a client of the OpenAI routes reads it.</summary>
internal sealed record OnTheWire(int Status, string Body, IHeaderDictionary Headers, string Message, string Type, string? Param, string? Code)
{
    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    public static OnTheWire Of(ErrorAnswer answer)
    {
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;
        Dialect.OpenAi.Write(http, answer).GetAwaiter().GetResult(); // A memory stream never waits.
        using var json = JsonDocument.Parse(body.ToArray());
        var error = json.RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(member => member.Name));
        string? Member(string name) => error.GetProperty(name).GetString();
        return new(
            http.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()), http.Response.Headers, Member("message")!, Member("type")!, Member("param"), Member("code"));
    }
}
