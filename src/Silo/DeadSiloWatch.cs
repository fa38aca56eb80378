using Vitrine.Grains.Interfaces;

namespace Vitrine.Silo;

/// <summary>When a silo dies, the queue reads the open jobs again: those that died between their commit and the queue must not wait for a timer.</summary>
public sealed partial class DeadSiloWatch(IClusterMembershipService members, IGrainFactory grains, ILogger<DeadSiloWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var dead = new HashSet<SiloAddress>();
        await foreach (var snapshot in members.MembershipUpdates.WithCancellation(stoppingToken))
        {
            var fresh = snapshot.Members.Values.Where(member => member.Status == SiloStatus.Dead).Select(member => member.SiloAddress).Except(dead).ToList();
            if (fresh.Count == 0) continue;
            dead.UnionWith(fresh);
            try
            {
                await grains.RenderQueue(PoolId.Main).Reconcile();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Also for a bug of ours: the queue reads the open jobs every few seconds anyway.
                LogCannotReconcile(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "A silo died and the queue could not be told")]
    private partial void LogCannotReconcile(Exception cause);
}
