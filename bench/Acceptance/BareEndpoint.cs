using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Vitrine.Local;

namespace Vitrine.Bench;

/// <summary>
/// The floor of R5: a Kestrel process that reads a body and answers as many bytes as the platform would. A process of its own, as the gateway is,
/// so that both sides cross the same loopback and compete with the same load generator.
/// </summary>
internal static class BareEndpoint
{
    public const string Command = "bare-endpoint";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What the process runs.</summary>
    public static async Task<int> Serve(int port, int length)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        var answer = Encoding.ASCII.GetBytes(new string('x', length));
        app.MapPost("/v1/jobs", async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            (http.Response.StatusCode, http.Response.ContentType, http.Response.ContentLength) = (StatusCodes.Status202Accepted, "application/json", length);
            await http.Response.Body.WriteAsync(answer, http.RequestAborted);
        });
        await app.RunAsync();
        return 0;
    }

    /// <summary>Starts the process and waits until it answers.</summary>
    public static async Task<(ChildProcess Process, BenchClient Client)> Start(string logs, int length, CancellationToken ct)
    {
        var port = FreePort.Take();
        var process = await ChildProcess.Start(new()
        {
            Name = "bare endpoint",
            Program = Repository.Dotnet,
            Arguments = ["exec", typeof(BareEndpoint).Assembly.Location, Command, port.ToString(System.Globalization.CultureInfo.InvariantCulture), length.ToString(System.Globalization.CultureInfo.InvariantCulture)],
            LogFile = Path.Combine(logs, "bare-endpoint.log"),
        }, ct);
        var client = new BenchClient($"http://127.0.0.1:{port}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        while (true)
        {
            try
            {
                await client.Post("v1/jobs", "{}", limit.Token);
                return (process, client);
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }
}
