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
        var (siloPort, siloGateway) = (GatewayFixture.FreePort(), GatewayFixture.FreePort());
        await using var gateway = Build(GatewayFixture.Settings(siloGateway, folder));
        using var stop = new CancellationTokenSource();
        var starting = gateway.StartAsync(stop.Token);
        using var client = new HttpClient { BaseAddress = await AddressOf(gateway) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", ApiKey.New(new("acme")).Reveal());

        using var health = await client.GetAsync("/health");
        using var jobs = await client.GetAsync("/v1/jobs");
        Assert.Equal((503, 503), ((int)health.StatusCode, (int)jobs.StatusCode));
        Assert.Equal("2", Assert.Single(jobs.Headers.GetValues("Retry-After")));

        using var silo = GatewayFixture.StartableSilo(siloPort, siloGateway, new World());
        await silo.StartAsync();
        await starting;
        Assert.Equal(200, (int)(await client.GetAsync("/health")).StatusCode);
        Assert.Equal(401, (int)(await client.GetAsync("/v1/jobs")).StatusCode);
        await gateway.StopAsync();
        await silo.StopAsync();
    }

    [Fact]
    public void A_configuration_that_cannot_work_is_refused_with_all_its_faults()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Build(new Dictionary<string, string?> { ["Vitrine:PublicUrl"] = "ftp://x", ["Vitrine:UrlSigningKey"] = "AAAA", ["Vitrine:MetricsPort"] = "70000", ["Vitrine:MaxConnections"] = "0" }));
        Assert.Equal(6, refused.Failures.Count());
    }

    [Fact]
    public async Task Metrics_are_told_on_their_own_port_only()
    {
        var port = GatewayFixture.FreePort();
        var settings = GatewayFixture.Settings(GatewayFixture.FreePort(), folder);
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
