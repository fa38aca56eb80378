using System.Threading.RateLimiting;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>How many pictures are being brought at once. Each is held in memory until it is stored, so the whole is at most 320 MiB, and no tenant has more than a quarter of it.</summary>
internal sealed class InputUploads : IDisposable
{
    public const int MostAtOnce = 16, MostOfOneTenant = 4;

    public static readonly ErrorAnswer TooMany = new(429, "rate_limit_exceeded", "Other pictures are being taken in; send this one again in a moment.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private readonly PartitionedRateLimiter<TenantId> turns = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<TenantId, TenantId>(tenant => RateLimitPartition.GetConcurrencyLimiter(tenant, _ => new ConcurrencyLimiterOptions { PermitLimit = MostOfOneTenant, QueueLimit = 0 })),
        PartitionedRateLimiter.Create<TenantId, int>(_ => RateLimitPartition.GetConcurrencyLimiter(0, _ => new ConcurrencyLimiterOptions { PermitLimit = MostAtOnce, QueueLimit = 0 })));

    /// <summary>To be disposed of when the bytes are stored; null when there is no room.</summary>
    public IDisposable? Begin(TenantId tenant)
    {
        var lease = turns.AttemptAcquire(tenant);
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        return null;
    }

    public void Dispose() => turns.Dispose();
}
