using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;

namespace Vitrine.Gateway.Tests.Doubles;

/// <summary>The whole gateway on a real port, in front of a real silo on real ports whose grains are those of <see cref="DoubleGrains"/>.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private RunningGateway running = null!;

    internal World World { get; } = new();
    internal FileBlobStore Blobs => running.Blobs;
    internal Uri Address => running.Address;
    internal ShiftedTime Time { get; } = new();
    internal LogLines Log { get; } = new();
    internal IServiceProvider Services => running.Services;

    public async Task InitializeAsync()
    {
        running = await RunningGateway.Start(World, ChecksTenants(World), builder =>
        {
            builder.Services.AddSingleton<ILoggerProvider>(Log);
            builder.Services.AddSingleton<TimeProvider>(Time);
        });
        foreach (var tenant in new[] { TenantId.Platform, new("acme"), new("rival") })
        {
            World[tenant].View = new(tenant.Value, tenant.Value, DateTimeOffset.UnixEpoch, Limits.None);
            World[tenant].Projects["spring"] = new("spring", "Spring", DateTimeOffset.UnixEpoch, Limits.None, null);
        }
    }

    public async Task DisposeAsync() => await running.DisposeAsync();

    internal static Action<ISiloBuilder> ChecksTenants(World world) => orleans => orleans.AddIncomingGrainCallFilter(call => CheckTenant(call, world));

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
        if (call.Grain.GetType().Namespace == typeof(World).Namespace && call.Grain is not (RenderQueueDouble or OriginsDouble or AuthenticationDouble) && key.Split('/')[0] != RequestContext.Get(TenantContext.Key) as string) world.Strays.Enqueue($"{call.InterfaceName}.{call.MethodName} {key}");
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
