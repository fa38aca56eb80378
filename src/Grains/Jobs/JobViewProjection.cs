using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

/// <summary>Keeps a <see cref="JobView"/> beside each job's events, in the same transaction. Sessions, usage and accounts are computed from these rows.</summary>
public sealed partial class JobViewProjection : SingleStreamProjection<JobView, string>
{
    public override JobView? Evolve(JobView? snapshot, string id, IEvent e) => Job.Apply(snapshot, id, e.Data);
}
