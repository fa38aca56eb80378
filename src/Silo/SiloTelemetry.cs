using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Vitrine.Grains.Events;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Rendering;

namespace Vitrine.Silo;

/// <summary>Traces and metrics of a silo. OTLP goes out when the usual OTEL_EXPORTER_OTLP_* variables are set; Prometheus scrapes <c>/metrics</c>.</summary>
public static class SiloTelemetry
{
    public static IServiceCollection AddSiloTelemetry(this IServiceCollection services)
    {
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("vitrine-silo"))
            .WithMetrics(metrics => metrics.AddMeter(JobTelemetry.Name, RenderTelemetry.Name, JournalTelemetry.Name, "Microsoft.Orleans").AddRuntimeInstrumentation().AddPrometheusExporter());
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is null) return services;
        telemetry.WithTracing(traces => traces
            .AddSource("Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime", RenderTelemetry.Name, JournalTelemetry.Name)
            .AddNpgsql()).UseOtlpExporter();
        return services;
    }
}
