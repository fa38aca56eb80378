using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Hosting;

public sealed class StartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("vitrine-gateway-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_gateway_answers_before_any_silo_does_and_works_once_one_does()
    {
        var (siloPort, siloGateway) = (RunningGateway.FreePort(), RunningGateway.FreePort());
        await using var gateway = Build(RunningGateway.Settings(siloGateway, folder));
        using var stop = new CancellationTokenSource();
        var starting = gateway.StartAsync(stop.Token);
        using var client = new HttpClient { BaseAddress = await AddressOf(gateway) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", ApiKey.New(new("acme")).Reveal());

        using var health = await client.GetAsync("/health");
        using var jobs = await client.GetAsync("/v1/jobs");
        Assert.Equal((503, 503), ((int)health.StatusCode, (int)jobs.StatusCode));
        Assert.Equal("2", Assert.Single(jobs.Headers.GetValues("Retry-After")));

        using var silo = RunningGateway.StartableSilo(siloPort, siloGateway, new World());
        await silo.StartAsync();
        await starting;
        Assert.Equal(200, (int)(await client.GetAsync("/health")).StatusCode);
        Assert.Equal(401, (int)(await client.GetAsync("/v1/jobs")).StatusCode);
        await gateway.StopAsync();
        await silo.StopAsync();
    }

    [Fact]
    public async Task A_gateway_finds_a_silo_that_comes_back()
    {
        var siloGateway = RunningGateway.FreePort();
        var first = RunningGateway.StartableSilo(RunningGateway.FreePort(), siloGateway, new World());
        await first.StartAsync();
        await using var gateway = Build(RunningGateway.Settings(siloGateway, folder));
        await gateway.StartAsync();
        using var client = new HttpClient { BaseAddress = await AddressOf(gateway) };
        await HealthBecomes(client, 200);
        await first.StopAsync();
        first.Dispose();
        await HealthBecomes(client, 503);

        using var second = RunningGateway.StartableSilo(RunningGateway.FreePort(), siloGateway, new World());
        await second.StartAsync();
        await HealthBecomes(client, 200);
        await gateway.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task A_gateway_ends_when_the_process_that_started_it_is_gone()
    {
        using var parent = Process.Start(new ProcessStartInfo("sleep", "600"))!;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Vitrine.Gateway.dll")]) { RedirectStandardOutput = true };
        foreach (var (name, value) in RunningGateway.Settings(RunningGateway.FreePort(), folder)) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["VITRINE_PARENT_PID"] = parent.Id.ToString(null, null);
        using var gateway = Process.Start(start)!;
        while (await gateway.StandardOutput.ReadLineAsync() is { } line && !line.Contains("Now listening", StringComparison.Ordinal)) Assert.False(parent.HasExited);
        parent.Kill();
        await gateway.StandardOutput.ReadToEndAsync();
        await gateway.WaitForExitAsync();
        Assert.Equal(0, gateway.ExitCode);
    }

    [Fact]
    public void A_configuration_that_cannot_work_is_refused_with_all_its_faults()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Build(new Dictionary<string, string?> { ["Vitrine:PublicUrl"] = "ftp://x", ["Vitrine:UrlSigningKey"] = "AAAA,not base64", ["Vitrine:MetricsPort"] = "70000", ["Vitrine:MaxConnections"] = "0" }));
        Assert.Equal(6, refused.Failures.Count());
    }

    [Fact]
    public async Task Metrics_are_told_on_their_own_port_only()
    {
        var port = RunningGateway.FreePort();
        var settings = RunningGateway.Settings(RunningGateway.FreePort(), folder);
        settings["Vitrine:MetricsPort"] = port.ToString(null, null);
        await using var gateway = Build(settings);
        using var stop = new CancellationTokenSource();
        var starting = gateway.StartAsync(stop.Token);
        using var client = new HttpClient { BaseAddress = await AddressOf(gateway, port) };
        using var metrics = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        Assert.Equal(404, (int)(await client.GetAsync("/metrics")).StatusCode);
        Assert.Equal(404, (int)(await metrics.GetAsync("/health")).StatusCode);
        Assert.Contains("vitrine_gateway_errors", await metrics.GetStringAsync("/metrics"), StringComparison.Ordinal);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    private static WebApplication Build(Dictionary<string, string?> settings) => GatewayHost.Build([], builder =>
    {
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings);
    });

    private static async Task HealthBecomes(HttpClient client, int status)
    {
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((int)(await client.GetAsync("/health", giveUp.Token)).StatusCode != status) await Task.Yield();
    }

    /// <summary>Where the gateway listens, as soon as it does: the start itself ends only when a silo is there.</summary>
    private static async Task<Uri> AddressOf(WebApplication gateway, int except = 0)
    {
        while (true)
        {
            var url = gateway.Urls.Select(url => new Uri(url)).FirstOrDefault(url => url.Port != 0 && url.Port != except);
            if (url is not null) return url;
            await Task.Yield();
        }
    }
}
