using System.Text.Json.Serialization;
using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Subjects;

/// <summary>A subject that is no user, as the store keeps it: only once it is being erased, for before there is nothing to tell of it.</summary>
/// <param name="Id">Its stream, <see cref="SubjectId.Stream"/>.</param>
/// <param name="ErasingSince">Null once it is erased.</param>
/// <param name="Erased">Null before.</param>
public sealed record SubjectView(
    string Id, long Revision, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ErasingSince,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Erasure? Erased = null)
{
    public static SubjectView? Apply(SubjectView? subject, string id, object happened) => (subject, happened) switch
    {
        (null, SubjectErasureBegun e) => new SubjectView(id, 1, e.At),
        (not null, SubjectErased e) when subject.Erased is null => subject with
        {
            ErasingSince = null, Revision = subject.Revision + 1,
            Erased = new(subject.ErasingSince ?? e.At, e.At, new(e.Jobs, e.JobsCanceled, e.Assets, 0, e.Inputs), subject.Revision + 1),
        },
        (not null, _) => subject with { Revision = subject.Revision + 1 },
        _ => null,
    };
}

/// <summary>How somebody was erased.</summary>
/// <param name="Version">The number of the event in their stream.</param>
public sealed record Erasure(DateTimeOffset BegunAt, DateTimeOffset At, ErasureCounts Counts, long Version);

/// <summary>Keeps a <see cref="SubjectView"/> beside the events of each subject.</summary>
public sealed partial class SubjectViewProjection : SingleStreamProjection<SubjectView, string>
{
    public override SubjectView? Evolve(SubjectView? snapshot, string id, IEvent e) => SubjectView.Apply(snapshot, id, e.Data);
}
