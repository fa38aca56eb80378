using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Asks a silo whether it can work, at most a few times a second however many strangers ask us.</summary>
internal sealed class HealthProbe(IGrainFactory grains, ClusterConnection cluster, TimeProvider time)
{
    /// <summary>A silo that needs longer than this for its cheapest call is not able to accept work.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Remembered = TimeSpan.FromMilliseconds(250);
    private readonly Lock gate = new();
    private Task<bool>? asked;
    private long askedAt;

    public Task<bool> Ask()
    {
        lock (gate)
        {
            if (asked is { IsCompleted: false } || (asked is not null && time.GetElapsedTime(askedAt) < Remembered)) return asked;
            askedAt = time.GetTimestamp();
            return asked = AskSilo();
        }
    }

    private async Task<bool> AskSilo()
    {
        try
        {
            cluster.Require();
            GrainCalls.For(TenantId.Platform);
            // A read of the store behind the silo: a silo that cannot reach it cannot accept work either.
            await grains.Members(TenantId.Platform).Tenants(null, 1).WaitAsync(Patience, time);
            return true;
        }
        catch (Exception failure) when (Outage.AnswerTo(failure) is not null)
        {
            return false;
        }
    }
}
