using System.Diagnostics.Metrics;

namespace Vitrine.Gateway;

/// <summary>What the gateway counts beyond what ASP.NET Core and Orleans count themselves.</summary>
internal static class GatewayTelemetry
{
    public const string MeterName = "Vitrine.Gateway";
    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Errors = Meter.CreateCounter<long>("vitrine.gateway.errors", "{answer}", "Answers that say no, by code and dialect.");

    public static void CountError(ErrorAnswer answer, Dialect dialect) =>
        Errors.Add(1, new KeyValuePair<string, object?>("code", answer.Code), new KeyValuePair<string, object?>("dialect", dialect.Name));
}
