namespace Vitrine.Bench;

/// <summary>One question that a measurement answers.</summary>
/// <param name="ByDefault">Whether it is measured when nothing is named.</param>
internal sealed record Benchmark(string Id, string Question, Func<BenchRun, Finding, CancellationToken, Task> Measure, bool ByDefault = true);

internal static class Benchmarks
{
    /// <summary>In the order in which they run: those that render first, so that the platform is restarted once; the million users last.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        new("R1", "What does the platform cost per picture?", EndToEnd.Measure),
        new("R13", "Is a retry free?", Replay.Measure),
        new("R11", "How long after kill -9 does work go on?", Recovery.Measure),
        new("R7", "How many durable events a second?", LedgerAppend.Measure),
        new("R12", "How fast is a log of a million events verified, and one event proved?", LogProofs.Measure),
        new("R5", "What does durable acceptance add to a request?", Acceptance.Measure),
        new("R8", "What do Content Credentials cost?", Credentials.Measure),
        new("R10", "What do a million users cost?", ColdUsers.Measure),
        new("R2", "Is our loop as good as the runtime?", EngineBenchmarks.Runtime),
        new("R3", "How much of what batching can bring does the engine bring?", EngineBenchmarks.Batching),
        new("CANCEL", "How soon is a device free of a cancelled picture?", EngineBenchmarks.Cancelling),
        new("R4", "Can a flooder hurt a neighbour?", Flooder.Measure),
        new("OVERLOAD", "Does a storm of requests disturb what was accepted?", Overload.Measure),
        new("M1", "How fast and how large is what ships?", ShippedModels.Measure),
        new("M2", "How long does an enlargement take?", PixelModels.Enlarging),
        new("M3", "How long does a screening take?", PixelModels.Screening),
        new("WATERMARK", "What does the watermark survive, and how long does it take?", Watermarks.Measure, ByDefault: false),
        new("MOTION", "How much do clips flicker, and how long do they take?", Motion.Measure, ByDefault: false),
        new("SPANS", "Where does the time of a request go?", SpanProfile.Measure, ByDefault: false),
    ];
}
