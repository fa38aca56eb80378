using Marten;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Sessions;

/// <summary>Owns one creative thread: its jobs in the order in which they were asked for, computed from their rows.</summary>
[GrainType("vitrine.session"), CollectionAgeLimit(Minutes = 2)]
public sealed class SessionGrain(IDocumentStore store, Subjects.PersonalText texts) : Grain, ISessionGrain, Tenants.ITenantScoped
{
    public const int MaxJobs = 200;

    public async Task<SessionView?> Get()
    {
        var key = SessionKey.Parse(this.GetPrimaryKeyString());
        await using var session = store.QuerySession(key.Tenant.Value);
        var mine = session.Query<JobView>().Where(job => job.Session == key.Session && job.Period != null);
        var newest = await mine.OrderByDescending(job => job.SubmittedAt).ThenByDescending(job => job.Id).Take(MaxJobs).ToListAsync();
        if (newest.Count == 0) return null;
        var complete = newest.Count < MaxJobs;
        var first = complete ? newest[^1] : await mine.OrderBy(job => job.SubmittedAt).FirstAsync();
        var count = complete ? newest.Count : await mine.CountAsync();
        var settled = complete ? newest.Sum(job => job.SettledMicro ?? 0) : await mine.SumAsync(job => job.SettledMicro ?? 0);
        var images = complete ? newest.Sum(job => job.Assets.Count) : await mine.Where(job => job.State == JobState.Succeeded).SumAsync(job => job.Images);
        return new SessionView(key.Session, first.SubmittedAt, newest[0].SubmittedAt, count, images, new Credits(settled), await texts.Open(key.Tenant, [.. newest.Reverse()], CancellationToken.None));
    }
}
