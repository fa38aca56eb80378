using Orleans.Concurrency;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Subjects;

/// <summary>Tells which subject a caller's own end user is; owns nothing. Here, since the gateway has no secret of a tenant.</summary>
[GrainType("vitrine.end_users"), StatelessWorker]
public sealed class EndUsersGrain(SubjectIds subjects) : Grain, IEndUsersGrain, Tenants.ITenantScoped
{
    public async Task<SubjectId> Find(string endUser, CancellationToken cancellation) => await subjects.OfEndUser(new(this.GetPrimaryKeyString()), endUser, cancellation);
}
