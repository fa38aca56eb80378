using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Vitrine.Gateway.OpenAi;
using Vitrine.Media;

namespace Vitrine.Gateway;

/// <summary>Composes the gateway: HTTP in front, an Orleans client behind.</summary>
public static class GatewayHost
{
    /// <summary>The Orleans cluster and service id of every deployment: deployments are told apart by their store, not by this name.</summary>
    public const string ClusterId = "vitrine";

    /// <summary>Ready to run. It answers, with 503, before any silo does.</summary>
    /// <param name="adjust">Changes the configuration and adds to the services before they are used; for tests.</param>
    /// <exception cref="OptionsValidationException">The configuration cannot work; the message names every fault.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddJsonLog();
        adjust?.Invoke(builder);
        var options = builder.Configuration.GetSection(GatewayOptions.Section).Get<GatewayOptions>() ?? new();
        // Not only at start: the lines below already use them.
        if (GatewayOptionsValidator.FaultsOf(options) is { Count: > 0 } faults) throw new OptionsValidationException(GatewayOptions.Section, typeof(GatewayOptions), faults);
        builder.Services.AddSingleton(Options.Create(options));

        builder.ListenAndLimit(options);
        builder.AddTelemetry(options);
        builder.AddOrleansClient(options);
        // The Orleans client keeps trying until a silo answers, and HTTP must not wait for it.
        builder.Services.Configure<HostOptions>(host => (host.ServicesStartConcurrently, host.ShutdownTimeout) = (true, TimeSpan.FromSeconds(10)));

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IBlobStore>(services => new FileBlobStore(options.Blobs, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<ClusterConnection>();
        builder.Services.AddSingleton<ILifecycleParticipant<IClusterClientLifecycle>>(services => services.GetRequiredService<ClusterConnection>());
        builder.Services.AddSingleton<AuthenticatedKeys>();
        builder.Services.AddSingleton<StandingAccess>();
        builder.Services.AddSingleton<Admission>();
        builder.Services.AddSingleton<Submissions>();
        builder.Services.AddSingleton<JobSubmission>();
        builder.Services.AddSingleton<JobFollower>();
        builder.Services.AddSingleton<AssetContent>();
        builder.Services.AddSingleton<AssetUrls>();
        builder.Services.AddSingleton<HealthProbe>();
        builder.Services.AddSingleton<VerifyAnchors>();
        builder.Services.AddSingleton<VerifyRate>();
        builder.Services.AddSingleton<RemotePictures>();
        builder.Services.AddSingleton<SubmittedPictures>();
        builder.Services.AddSingleton<Verification>();
        builder.Services.AddSingleton<InputUploads>();
        builder.Services.AddSingleton<SoftBindingResolution>();
        builder.Services.AddOpenApiDocument();
        builder.Services.AddOpenAi();
        builder.Services.AddHostedService<ParentWatch>();

        var app = builder.Build();
        app.UseTrustedProxies(options);
        app.UseMetricsPort(options);
        app.UseOpenAiHeaders();
        app.UseMiddleware<RequestFrame>();
        app.UseRouting();
        app.UseMiddleware<AccessControl>();
        app.MapJobsApi();
        app.MapJobEventsApi();
        app.MapAssetsApi();
        app.MapRenditionsApi();
        app.MapInputsApi();
        app.MapProofsApi();
        app.MapReplaysApi();
        app.MapLedgerApi();
        app.MapAuditApi();
        app.MapVerifyApi();
        app.MapSoftBindingsApi();
        app.MapSessionsApi();
        app.MapProjectsApi();
        app.MapTenantsApi();
        app.MapUsersApi();
        app.MapEndUsersApi();
        app.MapKeysApi();
        app.MapHealthApi();
        app.MapOpenApiDocument();
        app.MapOpenAi();
        return app;
    }

    private static void AddOrleansClient(this WebApplicationBuilder builder, GatewayOptions options) => builder.Host.UseOrleansClient(client =>
    {
        client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (ClusterId, ClusterId));
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(30));
        // How soon a silo that has come back is tried again. A static list costs nothing to look at; a membership table is a query.
        client.Configure<Orleans.Configuration.GatewayOptions>(gateways =>
            gateways.GatewayListRefreshPeriod = options.Membership is null ? TimeSpan.FromMilliseconds(250) : TimeSpan.FromSeconds(2));
        client.Configure<ConnectionOptions>(connections => connections.ConnectionRetryDelay = TimeSpan.FromMilliseconds(200));
        if (options.Membership is { } membership)
            client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", membership));
        else
            client.UseStaticClustering([.. SiloAddresses.Parse(options.Silos ?? "")]);
        if (Telemetry.IsTraced) client.AddActivityPropagation();
        client.UseConnectionRetryFilter(async (_, ct) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
            return true;
        });
    });

    private static void ListenAndLimit(this WebApplicationBuilder builder, GatewayOptions options)
    {
        var urls = builder.Configuration[WebHostDefaults.ServerUrlsKey] ?? "http://127.0.0.1:8080";
        if (options.MetricsPort > 0) urls += string.Create(null, $";http://{options.MetricsHost}:{options.MetricsPort}");
        builder.WebHost.UseUrls(urls);
        // Nothing here blocks a thread, so what is read is handled where it was read, without a change of threads on the way in and another on the way out.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            var limits = kestrel.Limits;
            limits.MaxConcurrentConnections = options.MaxConnections;
            // Beyond what RequestBounds refuses, so that it answers, in the dialect of the path; what is larger still the server refuses without a body.
            limits.MaxRequestLineSize = 128 * 1024;
            limits.MaxRequestHeadersTotalSize = 256 * 1024;
            limits.MaxRequestHeaderCount = 2000;
            limits.MaxRequestBodySize = StrictJson.MaxBytes;
            // Against slow senders: 10 s for the headers; for bodies Kestrel's own minimum of 240 bytes/s after 5 s.
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // Longer than the idle time of common proxies (60 to 120 s), so that they close first and never write into a closing connection.
            limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        });
    }
}
