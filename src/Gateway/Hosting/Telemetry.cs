using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Vitrine.Gateway;

/// <summary>Traces and metrics over OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set, metrics for Prometheus on a port of their own, logs as JSON lines.</summary>
internal static class Telemetry
{
    /// <summary>
    /// Traces are made only where somebody collects them: carrying them through every grain call costs about half of the peak call rate.
    /// </summary>
    public static bool IsTraced => Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 };

    /// <summary>One JSON object a line, which also keeps line breaks in logged text from becoming lines.</summary>
    public static void AddJsonLog(this WebApplicationBuilder builder) => builder.Logging
        .ClearProviders()
        .AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"))
        .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);

    public static void AddTelemetry(this WebApplicationBuilder builder, GatewayOptions options)
    {
        if (!IsTraced && options.MetricsPort == 0) return;

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("vitrine-gateway"));
        if (IsTraced)
            telemetry.WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(http => http.RecordException = false)
                .AddSource("Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime")
                .AddOtlpExporter());
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddMeter("Microsoft.Orleans", GatewayTelemetry.MeterName);
            if (IsTraced) metrics.AddOtlpExporter();
            if (options.MetricsPort > 0) metrics.AddPrometheusExporter();
        });
    }

    /// <summary>The metrics port answers <c>/metrics</c> and nothing else, and <c>/metrics</c> is answered nowhere else.</summary>
    public static void UseMetricsPort(this WebApplication app, GatewayOptions options)
    {
        if (options.MetricsPort == 0) return;
        app.UseWhen(http => http.Connection.LocalPort == options.MetricsPort, port =>
        {
            port.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
            port.Run(http =>
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        });
    }
}
