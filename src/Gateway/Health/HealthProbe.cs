using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Asks a silo whether it can accept work, at most a few times a second however many strangers ask us.</summary>
internal sealed class HealthProbe(IGrainFactory grains, ClusterConnection cluster, Admission admission, TimeProvider time)
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
            // A silo that cannot reach its store, or may only read it, cannot accept work either; and nobody does while more waits than is taken on.
            return await grains.Members(TenantId.Platform).IsRecording(CancellationToken.None).WaitAsync(Patience, time) && !await admission.IsFull().WaitAsync(Patience, time);
        }
        catch (Exception failure) when (Outage.AnswerTo(failure) is not null)
        {
            return false;
        }
    }
}
