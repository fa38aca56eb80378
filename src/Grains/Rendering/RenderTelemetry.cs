using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Vitrine.Grains.Rendering;

/// <summary>Traces and metrics of rendering.</summary>
public static class RenderTelemetry
{
    public const string Name = "Vitrine.Rendering";
    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Gauge<int> Waiting = Meter.CreateGauge<int>("vitrine.queue.waiting", "{job}", "Jobs that wait for a device");
    private static readonly Gauge<int> Leased = Meter.CreateGauge<int>("vitrine.queue.leased", "{job}", "Jobs that devices work on");
    private static readonly Histogram<double> StepTime = Meter.CreateHistogram<double>("vitrine.render.step.duration", "ms", "Device time of one denoising step of one picture");
    private static readonly Histogram<double> FinishTime = Meter.CreateHistogram<double>("vitrine.render.finish.duration", "ms", "Encoding, signing, verifying and storing one picture");

    /// <summary>Continues the trace of the request that asked, or begins one when that is not known any more.</summary>
    internal static Activity? Start(string name, string? trace) =>
        ActivityContext.TryParse(trace, null, isRemote: true, out var parent) ? Source.StartActivity(name, ActivityKind.Consumer, parent) : Source.StartActivity(name, ActivityKind.Consumer);

    internal static void Queue(int waiting, int leased)
    {
        Waiting.Record(waiting);
        Leased.Record(leased);
    }

    internal static void Rendered(TimeSpan device, int steps) => StepTime.Record(device.TotalMilliseconds / Math.Max(1, steps));
    internal static void Finished(TimeSpan took) => FinishTime.Record(took.TotalMilliseconds);
}
