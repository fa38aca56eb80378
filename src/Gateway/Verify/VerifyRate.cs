using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Vitrine.Gateway;

/// <summary>
/// How often one address may ask. The address is that of the connection, or what a trusted proxy says (<see cref="TrustedProxies"/>): what a header claims otherwise is anybody's word. An IPv6 network of 64 bits counts as one, since
/// whoever has one address of it has all.
/// </summary>
internal sealed class VerifyRate(IOptions<GatewayOptions> options) : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<IPAddress> addresses = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetFixedWindowLimiter(
        NetworkOf(address), _ => new FixedWindowRateLimiterOptions { PermitLimit = options.Value.VerificationsPerMinute, Window = Window, QueueLimit = 0 }));

    private static readonly ErrorAnswer TooOften = new(429, "rate_limit_exceeded", "So many questions of one address are answered in a minute; ask again later.");

    /// <summary>Null when whoever is connected may ask now, which then counts; else the answer.</summary>
    public ErrorAnswer? Refusal(HttpContext http) => RetryAfter(http.Connection.RemoteIpAddress) is { } wait ? TooOften with { RetryAfter = wait } : null;

    /// <summary>Null when the address may ask now, which then counts; else when it may again.</summary>
    public TimeSpan? RetryAfter(IPAddress? address)
    {
        using var lease = addresses.AttemptAcquire(address ?? IPAddress.None);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Window;
    }

    public void Dispose() => addresses.Dispose();

    internal static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (bytes.Length == 16) bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
