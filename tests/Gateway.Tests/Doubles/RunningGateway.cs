using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Vitrine.Media;

namespace Vitrine.Gateway.Tests.Doubles;

/// <summary>The whole gateway on a real port, in front of a real silo on real ports whose grains are the doubles of one namespace.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly string folder;
    private readonly IHost silo;
    private readonly WebApplication gateway;

    private RunningGateway(string folder, IHost silo, WebApplication gateway) => (this.folder, this.silo, this.gateway, Blobs) = (folder, silo, gateway, new(folder, TimeProvider.System));

    public FileBlobStore Blobs { get; }
    public Uri Address => new(gateway.Urls.First());
    public IServiceProvider Services => gateway.Services;

    /// <param name="script">What the doubles are told; they are the grains beside its class.</param>
    public static async Task<RunningGateway> Start<TScript>(TScript script, Action<ISiloBuilder>? cluster = null, Action<WebApplicationBuilder>? adjust = null) where TScript : class
    {
        var folder = Directory.CreateTempSubdirectory("vitrine-gateway-").FullName;
        var siloGateway = FreePort();
        var silo = StartableSilo(FreePort(), siloGateway, script, cluster);
        await silo.StartAsync();
        var gateway = GatewayHost.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(Settings(siloGateway, folder));
            builder.Logging.ClearProviders();
            adjust?.Invoke(builder);
        });
        await gateway.StartAsync();
        return new(folder, silo, gateway);
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.StopAsync();
        await gateway.DisposeAsync();
        await silo.StopAsync();
        silo.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static Dictionary<string, string?> Settings(int siloGateway, string folder) => new()
    {
        ["urls"] = "http://127.0.0.1:0",
        ["Vitrine:Silos"] = $"127.0.0.1:{siloGateway}",
        ["Vitrine:Blobs"] = folder,
        ["Vitrine:PublicUrl"] = "https://pictures.example",
        ["Vitrine:UrlSigningKey"] = Convert.ToBase64String(new byte[32]),
    };

    public static IHost StartableSilo<TScript>(int siloPort, int gatewayPort, TScript script, Action<ISiloBuilder>? more = null) where TScript : class
    {
        var host = Host.CreateEmptyApplicationBuilder(new());
        host.Services.AddSingleton(script);
        host.UseOrleans(orleans =>
        {
            orleans.UseLocalhostClustering(siloPort, gatewayPort, serviceId: GatewayHost.ClusterId, clusterId: GatewayHost.ClusterId)
                // Other tests of this assembly bring grains of the same interfaces.
                .Configure<GrainTypeOptions>(types => types.Classes.RemoveWhere(type => type.Assembly == typeof(TScript).Assembly && type.Namespace != typeof(TScript).Namespace));
            more?.Invoke(orleans);
        });
        return host.Build();
    }

    private static readonly HashSet<int> Given = [];

    /// <summary>A port that nobody listens on, and that no other test of this assembly was given: between the asking and the listening the system may hand it out again.</summary>
    public static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            lock (Given)
                if (Given.Add(port)) return port;
        }
    }
}
