using System.Diagnostics;
using System.Diagnostics.Metrics;
using Vitrine.Inference;

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
    private static readonly Histogram<double> FinishTime = Meter.CreateHistogram<double>("vitrine.render.finish.duration", "ms", "Watermarking, encoding, signing, verifying and storing one picture");

    private static readonly Histogram<double> FilmTime = Meter.CreateHistogram<double>("vitrine.render.clip.duration", "s", "Making one clip: its frames, marking, encoding, signing, verifying and storing");
    private static readonly Counter<long> Frames = Meter.CreateCounter<long>("vitrine.render.frames", "{frame}", "Frames of clips that were made");

    private static readonly Counter<long> Express = Meter.CreateCounter<long>("vitrine.render.express", "{picture}", "Pictures that went before those that their device had begun, because their tenant had nothing running");
    private static readonly Histogram<double> AsideTime = Meter.CreateHistogram<double>("vitrine.render.aside.duration", "ms", "How long a picture that was begun stood aside for an express one, once at most; of those that did");

    private static readonly Histogram<double> WaitBounds = Meter.CreateHistogram<double>("vitrine.queue.wait.bound", "s", "The longest wait that the share of a new job's owners allows, see docs/fairness.md");
    private static readonly Histogram<double> EtaErrors = Meter.CreateHistogram<double>("vitrine.queue.eta.error", "1", "How long a job took, over how long it was expected to take");
    private static readonly Counter<long> StepsResumed = Meter.CreateCounter<long>("vitrine.render.steps.resumed", "{step}", "Denoising steps that a checkpoint saved");

    private static readonly Counter<long> ModelsUnready = Meter.CreateCounter<long>("vitrine.render.models.unready", "{model}", "Models that a device could not make ready, and does not offer for a while");

    private static readonly Counter<long> MarksLost = Meter.CreateCounter<long>("vitrine.render.watermarks.lost", "{picture}", "Pictures whose watermark did not survive their own encoding, and that went out without one");

    private static readonly Counter<long> LabelsLost = Meter.CreateCounter<long>("vitrine.render.labels.lost", "{picture}", "Pictures that should carry a visible label and are too small for one that could be read");

    private static readonly Gauge<long> EngineLoads = Meter.CreateGauge<long>("vitrine.engine.loads", "{model}", "Models that the engine of a device has loaded since it started");
    private static readonly Gauge<double> EngineLoadTime = Meter.CreateGauge<double>("vitrine.engine.load.time", "s", "Time that it took to load them, checked and calibrated");
    private static readonly Gauge<long> EngineCrashes = Meter.CreateGauge<long>("vitrine.engine.crashes", "{process}", "Processes of the engine of a device that ended before they were told to, and threads of it that ended by an error");
    private static readonly Gauge<double> EngineBatch = Meter.CreateGauge<double>("vitrine.engine.batch", "{picture}", "Pictures in a run of the model, on average since the engine started");

    internal static void Engine(string device, EngineStatistics engine)
    {
        var tag = new KeyValuePair<string, object?>("device", device);
        EngineLoads.Record(engine.Loads, tag);
        EngineLoadTime.Record(engine.LoadTime.TotalSeconds, tag);
        EngineCrashes.Record(engine.Crashes + engine.LanesReopened, tag);
        EngineBatch.Record(engine.MeanBatch, tag);
    }

    /// <summary>Continues the trace of the request that asked, or begins one when that is not known any more.</summary>
    internal static Activity? Start(string name, string? trace) =>
        ActivityContext.TryParse(trace, null, isRemote: true, out var parent) ? Source.StartActivity(name, ActivityKind.Consumer, parent) : Source.StartActivity(name, ActivityKind.Consumer);

    internal static void Queue(int waiting, int leased)
    {
        Waiting.Record(waiting);
        Leased.Record(leased);
    }

    internal static void WaitBound(TimeSpan bound) => WaitBounds.Record(bound.TotalSeconds);
    internal static void EtaError(double quotient) => EtaErrors.Record(quotient);
    internal static void Resumed(int steps) => StepsResumed.Add(steps);
    internal static void Rendered(RenderedImage picture, bool express)
    {
        StepTime.Record(picture.DeviceTime.TotalMilliseconds / Math.Max(1, picture.StepsRun));
        if (express) Express.Add(1);
        if (picture.TimeAside > TimeSpan.Zero) AsideTime.Record(picture.TimeAside.TotalMilliseconds);
    }

    internal static void Unready(string model) => ModelsUnready.Add(1, new KeyValuePair<string, object?>("model", model));
    internal static void MarkLost() => MarksLost.Add(1);
    internal static void LabelLost() => LabelsLost.Add(1);
    internal static void Filmed(int frames, TimeSpan took)
    {
        Frames.Add(frames);
        FilmTime.Record(took.TotalSeconds);
    }

    internal static void Finished(TimeSpan took) => FinishTime.Record(took.TotalMilliseconds);
}
