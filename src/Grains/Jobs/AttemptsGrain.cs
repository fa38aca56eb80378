using Marten;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

/// <summary>Owns the knowledge of which job the repeated attempts of one unlabelled request belong to. What it forgets in a crash it finds in the job rows.</summary>
[GrainType("vitrine.attempts"), CollectionAgeLimit(Minutes = WindowMinutes + 1)]
public sealed class AttemptsGrain(IDocumentStore store, Subjects.SubjectIds subjects, Subjects.SubjectKeys keys, TimeProvider time) : Grain, IAttemptsGrain, Tenants.ITenantScoped
{
    /// <summary>
    /// A retry later than this is a new request, unless its job is still open. An SDK gives an attempt up after ten minutes and makes two more, so the last one comes a little more than
    /// twenty minutes after the first and may itself take ten; the rest is for its pauses.
    /// </summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(WindowMinutes);

    private const int WindowMinutes = 35;

    /// <summary>First attempts remembered at once; the oldest is forgotten first.</summary>
    public const int MaxRemembered = 256;

    private readonly List<(JobId Job, DateTimeOffset At)> _attempts = [];
    private readonly HashSet<JobId> _answered = [];

    public Task First(JobId job)
    {
        Forget();
        _attempts.Add((job, time.GetUtcNow()));
        return Task.CompletedTask;
    }

    public async Task<JobId?> RetryOf(UserId? user, string? endUser)
    {
        Forget();
        if (_attempts.Count > 0)
        {
            var unanswered = _attempts.Where(each => !_answered.Contains(each.Job)).Select(each => each.Job).ToList();
            return unanswered.Count > 0 ? unanswered[0] : _attempts[^1].Job;
        }
        var key = AttemptsKey.Parse(this.GetPrimaryKeyString());
        var since = time.GetUtcNow() - Window;
        await using var session = store.QuerySession(key.Tenant.Value);
        // The rows hold the digest as only the person's key makes it, or, of the time before, plain.
        var asker = await subjects.Of(key.Tenant, user, endUser, key.Key, CancellationToken.None);
        if (await keys.ForSealing(key.Tenant, asker.Value, CancellationToken.None) is not { } subject) return null;
        var digest = subject.Digest(key.BodyDigest);
        // A job of the time when all that was said under no user had one key may still be open.
        var shared = user is null ? (await keys.ForSealing(key.Tenant, null, CancellationToken.None))?.Digest(key.BodyDigest) ?? digest : digest;
        var latest = await session.Query<JobView>()
            .Where(job => (job.RequestDigest == digest || job.RequestDigest == shared || job.RequestDigest == key.BodyDigest) && job.Key == key.Key.Value && (job.SubmittedAt > since || job.State == JobState.Queued || job.State == JobState.Running))
            .OrderByDescending(job => job.SubmittedAt).FirstOrDefaultAsync();
        return latest is null ? null : new JobId(latest.Id);
    }

    public Task Answered(JobId job)
    {
        if (_attempts.Any(each => each.Job == job)) _answered.Add(job);
        // What is left to know is which attempt was the newest, and the rows tell that: most requests of an SDK are answered at once and need leave nothing behind.
        if (_attempts.All(each => _answered.Contains(each.Job))) DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private void Forget()
    {
        var since = time.GetUtcNow() - Window;
        while (_attempts.Count > 0 && (_attempts[0].At <= since || _attempts.Count >= MaxRemembered))
        {
            _answered.Remove(_attempts[0].Job);
            _attempts.RemoveAt(0);
        }
    }
}
