using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;

namespace Vitrine.Gateway.Tests.Doubles;

/// <summary>The whole gateway on a real port, in front of a real silo on real ports whose grains are those of <see cref="DoubleGrains"/>.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("vitrine-gateway-").FullName;
    private IHost silo = null!;
    private WebApplication gateway = null!;

    internal World World { get; } = new();
    internal FileBlobStore Blobs { get; private set; } = null!;
    internal Uri Address => new(gateway.Urls.First());
    internal ShiftedTime Time { get; } = new();
    internal LogLines Log { get; } = new();
    internal IServiceProvider Services => gateway.Services;

    public async Task InitializeAsync()
    {
        var siloGateway = FreePort();
        silo = StartableSilo(FreePort(), siloGateway, World);
        await silo.StartAsync();
        Blobs = new(folder, TimeProvider.System);
        gateway = GatewayHost.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(Settings(siloGateway, folder));
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<ILoggerProvider>(Log);
            builder.Services.AddSingleton<TimeProvider>(Time);
        });
        await gateway.StartAsync();

        foreach (var tenant in new[] { TenantId.Platform, new("acme"), new("rival") })
        {
            World[tenant].View = new(tenant.Value, tenant.Value, DateTimeOffset.UnixEpoch, Limits.None);
            World[tenant].Projects["spring"] = new("spring", "Spring", DateTimeOffset.UnixEpoch, Limits.None, null);
        }
    }

    public async Task DisposeAsync()
    {
        await gateway.StopAsync();
        await gateway.DisposeAsync();
        await silo.StopAsync();
        silo.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    internal static Dictionary<string, string?> Settings(int siloGateway, string folder) => new()
    {
        ["urls"] = "http://127.0.0.1:0",
        ["Vitrine:Silos"] = $"127.0.0.1:{siloGateway}",
        ["Vitrine:Blobs"] = folder,
        ["Vitrine:PublicUrl"] = "https://pictures.example",
        ["Vitrine:UrlSigningKey"] = Convert.ToBase64String(new byte[32]),
    };

    internal static IHost StartableSilo(int siloPort, int gatewayPort, World world)
    {
        var host = Host.CreateEmptyApplicationBuilder(new());
        host.Services.AddSingleton(world);
        host.UseOrleans(orleans => orleans
            .UseLocalhostClustering(siloPort, gatewayPort, serviceId: GatewayHost.ClusterId, clusterId: GatewayHost.ClusterId)
            .AddIncomingGrainCallFilter(call => CheckTenant(call, world))
            // Other tests of this assembly bring grains of the same interfaces.
            .Configure<GrainTypeOptions>(types => types.Classes.RemoveWhere(type => type.Assembly == typeof(World).Assembly && type.Namespace != typeof(World).Namespace)));
        return host.Build();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal HttpClient Client(string? key = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = Address };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    internal static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    internal static async Task<JsonElement> Body(HttpResponseMessage response) => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

    private static Task CheckTenant(IIncomingGrainCallContext call, World world)
    {
        var key = call.TargetId.Key.ToString()!;
        if (call.Grain.GetType().Namespace == typeof(World).Namespace && key.Split('/')[0] != RequestContext.Get(TenantContext.Key) as string) world.Strays.Enqueue($"{call.InterfaceName}.{call.MethodName} {key}");
        return call.Invoke();
    }
}

/// <summary>What the gateway would have written to its log, as it would have written it.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> lines = new();
    public IReadOnlyCollection<string> All => lines;
    public ILogger CreateLogger(string categoryName) => new Lines(lines);
    public void Dispose() { }

    private sealed class Lines(System.Collections.Concurrent.ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
    }
}

[CollectionDefinition(nameof(GatewayFixture))]
public sealed class GatewayCollection : ICollectionFixture<GatewayFixture>;
