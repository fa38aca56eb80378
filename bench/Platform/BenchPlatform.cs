using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Vitrine.Grains.Interfaces;
using Vitrine.Local;
using Vitrine.Silo;

namespace Vitrine.Bench;

/// <summary>The real platform as its users run it: PostgreSQL that flushes, one silo process, one gateway process, on loopback.</summary>
internal sealed class BenchPlatform : IAsyncDisposable
{
    private readonly int _siloGateway;

    private BenchPlatform(LocalPlatform local, bool renders, int siloGateway, int? mostWaiting)
    {
        (Local, Renders, _siloGateway, MostWaiting) = (local, renders, siloGateway, mostWaiting);
        Client = new(local.Gateway, local.Access.ApiKey);
    }

    public LocalPlatform Local { get; }
    public bool Renders { get; }
    /// <summary>Jobs that may wait before new ones are refused; null for the default.</summary>
    public int? MostWaiting { get; }
    public BenchClient Client { get; }
    public string DatabaseFolder => Local.Postgres!.Folder;

    public static async Task<BenchPlatform> Start(Repository repository, string folder, bool renders, int? mostWaiting, CancellationToken ct)
    {
        var siloGateway = FreePort.Take();
        var port = siloGateway.ToString(CultureInfo.InvariantCulture);
        var local = await LocalPlatform.Start(new()
        {
            Repository = repository,
            Folder = folder,
            Database = null,
            Devices = renders ? "cpu" : "none",
            SiloEnvironment = new Dictionary<string, string?> { ["Vitrine__GatewayPort"] = port },
            GatewayEnvironment = new Dictionary<string, string?> { ["Vitrine__Silos"] = $"127.0.0.1:{port}", ["Vitrine__MaxWaitingJobs"] = mostWaiting?.ToString(CultureInfo.InvariantCulture) },
        }, ct);
        return new(local, renders, siloGateway, mostWaiting);
    }

    /// <summary>Processor time of silo, gateway and database since they started.</summary>
    public PlatformTime ProcessorTime() =>
        new(ProcessUse.OfTree(Local.Silo!.Id), ProcessUse.OfTree(Local.GatewayProcess!.Id), ProcessUse.OfTree(Local.Postgres!.ProcessId!.Value));

    /// <summary>Waits until what comes after an answer, as the transparency log does, has been caught up with: less than a tenth of a processor over half a second.</summary>
    /// <exception cref="InvalidOperationException">It is still busy after a minute.</exception>
    public async Task Settle(CancellationToken ct)
    {
        var (step, patience) = (TimeSpan.FromSeconds(0.5), 120);
        for (var round = 0; round < patience; round++)
        {
            var before = ProcessorTime();
            await Task.Delay(step, ct);
            if ((ProcessorTime() - before).Sum < step / 10) return;
        }
        throw new InvalidOperationException("The platform does not come to rest.");
    }

    /// <summary>A client of the cluster, as the gateway is one.</summary>
    public async Task<IHost> ClusterClient(CancellationToken ct)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (SiloHost.ClusterName, SiloHost.ClusterName));
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, _siloGateway));
        });
        var host = builder.Build();
        await host.StartAsync(ct);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Local.DisposeAsync();
    }
}

/// <summary>Processor time of the parts of a platform.</summary>
internal readonly record struct PlatformTime(TimeSpan Silo, TimeSpan Gateway, TimeSpan Postgres)
{
    public TimeSpan Sum => Silo + Gateway + Postgres;
    public static PlatformTime operator -(PlatformTime a, PlatformTime b) => new(a.Silo - b.Silo, a.Gateway - b.Gateway, a.Postgres - b.Postgres);
}
