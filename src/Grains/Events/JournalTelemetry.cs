using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Vitrine.Grains.Events;

/// <summary>Traces and metrics of the event journal.</summary>
public static class JournalTelemetry
{
    public const string Name = "Vitrine.Events";
    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> CommitTime = Meter.CreateHistogram<double>("vitrine.journal.commit.duration", "ms", "Time of one shared transaction");
    private static readonly Histogram<int> Shared = Meter.CreateHistogram<int>("vitrine.journal.commit.shared", "{commit}", "Commits that shared one transaction");

    internal static void Committed(int shared, TimeSpan took)
    {
        CommitTime.Record(took.TotalMilliseconds);
        Shared.Record(shared);
    }
}
