using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

/// <summary>A job as the reference sees it. <see cref="Refusal"/> is set for a recorded, blocked prompt.</summary>
internal sealed class ReferenceJob
{
    public required JobKey Key { get; init; }
    public required string Project { get; init; }
    public required string User { get; init; }
    public required string Digest { get; init; }
    public required long Cost { get; init; }
    public required int Images { get; init; }
    public string Period { get; init; } = "";
    public DateTimeOffset At { get; init; }
    public bool Blocked { get; init; }
    public bool Begun { get; set; }
    public int Failures { get; set; }
    public JobState State { get; set; }
    public bool IsOpen => !Blocked && State is JobState.Queued or JobState.Running;
    public long Settled => State == JobState.Succeeded ? Cost : 0;
}

/// <summary>
/// What a tenant's jobs, credits and keys must do, in the plainest form: lists that are summed anew for each question. It knows nothing of holds,
/// epochs, folds or messages.
/// </summary>
internal sealed class Reference
{
    public const string Tenant = "tenant";
    public Dictionary<string, ReferenceJob> Jobs { get; } = [];
    public Dictionary<string, bool> Keys { get; } = [];
    public Dictionary<string, Limits> Limits { get; } = [];

    public Limits LimitsOf(string account) => Limits.GetValueOrDefault(account, Interfaces.Limits.None);

    public IEnumerable<ReferenceJob> Of(string account) => Jobs.Values.Where(job => !job.Blocked
        && (account == Tenant || account == "project/" + job.Project || account == "user/" + job.User));

    public long Spent(string account, string period) => Of(account).Where(job => job.Period == period).Sum(job => job.IsOpen ? job.Cost : job.Settled);
    public long Open(string account, string period) => Of(account).Where(job => job.Period == period && job.IsOpen).Sum(job => job.Cost);

    /// <summary>
    /// The refusals that are right for a new job now; null is acceptance. Usually exactly one. A job whose attempt failed waits again, but an account
    /// may still count it as begun until it folds, so that near the queue's cap both answers are right.
    /// </summary>
    public IReadOnlyList<Refused?> Decide(string project, string user, long cost, int images, string period, DateTimeOffset now)
    {
        var right = new List<Refused?>();
        foreach (var account in new[] { "user/" + user, "project/" + project, Tenant })
        {
            var limits = LimitsOf(account);
            if (limits.CreditsPerMonth is { } budget && Spent(account, period) + cost > budget.Micro) return [.. right, Refused.QuotaSpent];
            var open = Of(account).Where(job => job.IsOpen).ToList();
            if (limits.Queued is { } most)
            {
                if (open.Count(job => !job.Begun) >= most) return [.. right, Refused.QueueFull];
                if (open.Count(job => job.State == JobState.Queued) >= most) right.Add(Refused.QueueFull);
            }
            if (limits.ImagesPerMinute is not { } rate) continue;
            if (images > rate) return [.. right, Refused.InvalidValue];
            if (Of(account).Where(job => now - job.At < TimeSpan.FromSeconds(60)).Sum(job => job.Images) + images > rate) return [.. right, Refused.RateExceeded];
        }
        return [.. right, null];
    }
}
