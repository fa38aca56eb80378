using System.Globalization;
using System.Text;
using Marten;
using Orleans.Concurrency;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

/// <summary>Lists jobs; owns nothing. Newest first by submission, then by id.</summary>
[GrainType("vitrine.jobs"), StatelessWorker]
public sealed class JobsGrain(IDocumentStore store, Subjects.PersonalText texts) : Grain, IJobsGrain, Tenants.ITenantScoped
{
    public const int MaxPage = 100;

    public async Task<JobPage> List(JobQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, MaxPage);
        await using var session = store.QuerySession(this.GetPrimaryKeyString());
        var jobs = session.Query<JobView>().Where(job => job.Period != null);
        if (query.Project is { } project) jobs = jobs.Where(job => job.Project == project);
        if (query.User is { } user) jobs = jobs.Where(job => job.Asker == user);
        if (query.Session is { } thread) jobs = jobs.Where(job => job.Session == thread);
        if (query.State is { } state) jobs = jobs.Where(job => job.State == state);
        if (query.After is { } after)
        {
            if (ReadCursor(after) is not var (at, id)) return new JobPage(null, null);
            jobs = jobs.Where(job => job.SubmittedAt < at || job.SubmittedAt == at && string.Compare(job.Id, id) < 0);
        }
        var page = await jobs.OrderByDescending(job => job.SubmittedAt).ThenByDescending(job => job.Id).Take(limit + 1).ToListAsync();
        var told = await texts.Open(new TenantId(this.GetPrimaryKeyString()), [.. page.Take(limit)], CancellationToken.None);
        return new JobPage(told, page.Count <= limit ? null : WriteCursor(page[limit - 1]));
    }

    private static string WriteCursor(JobView last) =>
        Convert.ToHexStringLower(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.SubmittedAt.UtcTicks}/{last.Id}")));

    private static (DateTimeOffset At, string Id)? ReadCursor(string text)
    {
        if (text.Length is 0 or > 256 || text.Length % 2 != 0 || !text.All(char.IsAsciiHexDigitLower)) return null;
        var parts = Encoding.UTF8.GetString(Convert.FromHexString(text)).Split('/');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.UtcTicks
            && JobId.TryParse(parts[1], out _) ? (new DateTimeOffset(ticks, TimeSpan.Zero), parts[1]) : null;
    }
}
