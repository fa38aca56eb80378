using System.Diagnostics.Metrics;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

/// <summary>Metrics of jobs.</summary>
public static class JobTelemetry
{
    public const string Name = "Vitrine.Jobs";
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> AcceptedJobs = Meter.CreateCounter<long>("vitrine.jobs.accepted", "{job}", "Jobs accepted");
    private static readonly Counter<long> EndedJobs = Meter.CreateCounter<long>("vitrine.jobs.ended", "{job}", "Jobs that reached a terminal event");
    private static readonly Counter<long> Images = Meter.CreateCounter<long>("vitrine.images.produced", "{image}", "Pictures produced");
    private static readonly Counter<double> CreditsSettled = Meter.CreateCounter<double>("vitrine.credits.settled", "{credit}", "Credits spent");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("vitrine.refusals", "{request}", "Requests refused");
    private static readonly Histogram<double> Wait = Meter.CreateHistogram<double>("vitrine.jobs.wait", "s", "Time from acceptance to the first attempt");

    internal static void Accepted(int images) => AcceptedJobs.Add(1, new KeyValuePair<string, object?>("images", images));
    internal static void Refused(Refused reason) => Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
    internal static void Waited(TimeSpan wait) => Wait.Record(wait.TotalSeconds);

    internal static void Ended(JobView job)
    {
        EndedJobs.Add(1, new KeyValuePair<string, object?>("state", job.State.ToString()));
        Images.Add(job.Assets.Count);
        CreditsSettled.Add((double)(job.Settled ?? Credits.Zero).Amount);
    }
}
