using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Local.Tests.Host;

/// <summary>Speaks just enough of the gateway's API for bootstrap and demo. Tenants and keys are files beside the blobs.</summary>
internal static class StandInGateway
{
    public static async Task Run()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var blobs = builder.Configuration["Vitrine:Blobs"]!;
        var app = builder.Build();
        app.MapGet("/health", () => "ready");
        app.MapGet("/v1/models", (HttpRequest request) => Known(blobs, request) ? Results.Ok() : Results.Unauthorized());
        app.MapPost("/v1/admin/tenants", (HttpRequest request) => Make(request, blobs, "tenant"));
        app.MapPost("/v1/admin/tenants/demo/projects", (HttpRequest request) => Make(request, blobs, "project"));
        app.MapPost("/v1/admin/tenants/demo/users", (HttpRequest request) => Make(request, blobs, "user"));
        app.MapPost("/v1/admin/tenants/demo/keys", (HttpRequest request) =>
        {
            if (!Admin(request))
                return Results.Unauthorized();
            var key = "vk-demo-" + RandomNumberGenerator.GetHexString(16);
            File.AppendAllLines(Path.Combine(blobs, "keys"), [key]);
            return Results.Created((string?)null, new { id = "k1", key });
        });
        app.MapPost("/v1/jobs", async (HttpRequest request) =>
        {
            var job = await request.ReadFromJsonAsync<Submitted>();
            return Known(blobs, request) ? Results.Ok(new { id = job!.Prompt }) : Results.Unauthorized();
        });
        app.MapGet("/v1/jobs/{job}/events", Events);
        app.MapGet("/v1/assets/{id}/content", (string id) => Results.Bytes(Content(id), "image/png"));
        await app.RunAsync();
    }

    private static int cut;

    /// <summary>The prompt decides what happens: "broken" cuts the stream once in the middle, "tampered" announces a wrong digest, "refused" fails.</summary>
    private static async Task Events(string job, HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        var seen = int.TryParse(http.Request.Headers["Last-Event-ID"], out var last) ? last : 0;
        List<(string Kind, string Data)> events = [("queued", "{}"), ("started", "{}"), ("progress", """{"image":0,"step":1,"steps":4}""")];
        if (job == "refused")
            events.Add(("failed", """{"code":"content_refused"}"""));
        else
            events.AddRange([.. Enumerable.Range(1, 4).Select(n => ("output", Output(job, n))), ("succeeded", "{}")]);
        for (var id = seen + 1; id <= events.Count; id++)
        {
            var (kind, data) = events[id - 1];
            await http.Response.WriteAsync($"id: {id}\nevent: {kind}\ndata: {data}\n\n");
            await http.Response.Body.FlushAsync();
            // Once, whatever the client had read by then: what was on its way may be lost with the connection.
            if (job == "broken" && id == 5 && Interlocked.Exchange(ref cut, 1) == 0)
            {
                http.Abort();
                return;
            }
        }
    }

    private static string Output(string job, int n)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Content(job == "tampered" && n == 2 ? "other" : $"a{n}")));
        return $$$"""{"asset":{"id":"a{{{n}}}","sha256":"{{{digest}}}","media_type":"image/png"}}""";
    }

    private static byte[] Content(string asset) => Encoding.UTF8.GetBytes("picture " + asset);

    private static IResult Make(HttpRequest request, string blobs, string name)
    {
        if (!Admin(request))
            return Results.Unauthorized();
        var file = Path.Combine(blobs, name);
        if (File.Exists(file))
            return Results.Conflict();
        File.WriteAllText(file, "");
        return Results.Created();
    }

    private static bool Admin(HttpRequest request) => Key(request).StartsWith("vk-platform-root-", StringComparison.Ordinal);

    private static bool Known(string blobs, HttpRequest request) =>
        File.Exists(Path.Combine(blobs, "keys")) && File.ReadAllLines(Path.Combine(blobs, "keys")).Contains(Key(request));

    private static string Key(HttpRequest request) => request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);

    private sealed record Submitted(string Prompt);
}
