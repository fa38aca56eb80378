using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Vitrine.Grains.Events;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Rendering;

namespace Vitrine.Silo;

/// <summary>Traces and metrics of a silo. OTLP goes out when OTEL_EXPORTER_OTLP_ENDPOINT is set; the variables of single signals start nothing by themselves. Prometheus scrapes <c>/metrics</c>.</summary>
public static class SiloTelemetry
{
    /// <summary>Whether anybody wants traces; carrying them through every call costs about half of the peak call rate.</summary>
    public static bool IsTraced => Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 };

    public static IServiceCollection AddSiloTelemetry(this IServiceCollection services)
    {
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("vitrine-silo"))
            .WithMetrics(metrics => metrics.AddMeter(JobTelemetry.Name, RenderTelemetry.Name, JournalTelemetry.Name, "Microsoft.Orleans").AddRuntimeInstrumentation().AddPrometheusExporter());
        if (!IsTraced) return services;
        telemetry.WithTracing(traces => traces
            .AddSource("Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime", RenderTelemetry.Name, JournalTelemetry.Name)
            .AddNpgsql()).UseOtlpExporter();
        return services;
    }
}
