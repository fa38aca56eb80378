namespace Vitrine.Grains.Interfaces;

/// <summary>An end user or an API key in whose place somebody speaks: whether they are erased. A user has a grain of their own, <see cref="IUserGrain"/>.</summary>
[Alias("vitrine.ISubjectGrain"), GrainInterfaceType("vitrine.subject")]
public interface ISubjectGrain : IGrainWithStringKey
{
    /// <summary>Whether the subject is erased, or about to be; one of which nothing is known is not.</summary>
    [Alias("IsClosed")] Task<bool> IsClosed(CancellationToken cancellation);

    /// <summary>From here on nothing new is accepted of the subject, whoever was about to. Null when nothing is known of it; asked again it changes nothing.</summary>
    [Alias("BeginErasure")] Task<ErasureView?> BeginErasure(string by, CancellationToken cancellation);

    /// <summary>Records that all is done. The first counts stay.</summary>
    [Alias("EndErasure")] Task<ErasureView> EndErasure(string by, ErasureCounts counts, CancellationToken cancellation);
}

/// <summary>Tells which subject a caller's own end user is. Key: the tenant. Holds nothing between calls.</summary>
[Alias("vitrine.IEndUsersGrain"), GrainInterfaceType("vitrine.end_users")]
public interface IEndUsersGrain : IGrainWithStringKey
{
    /// <summary>The same name always gives the same subject, whether anything is known of it or not.</summary>
    [Alias("Find")] Task<SubjectId> Find(string endUser, CancellationToken cancellation);
}
