using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Replays;

/// <summary>Keeps a <see cref="ReplayView"/> beside each replay's events.</summary>
public sealed partial class ReplayViewProjection : SingleStreamProjection<ReplayView, string>
{
    public override ReplayView? Evolve(ReplayView? snapshot, string id, IEvent e) => Replay.Apply(snapshot, id, e.Data);
}
