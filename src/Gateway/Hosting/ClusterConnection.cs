using Orleans;
using Orleans.Runtime;

namespace Vitrine.Gateway;

/// <summary>
/// Whether the Orleans client has ever reached a silo. Before that it cannot even name a grain; afterwards lost silos show in the calls themselves.
/// </summary>
public sealed class ClusterConnection : ILifecycleParticipant<IClusterClientLifecycle>
{
    private volatile bool made;

    /// <exception cref="ClusterUnavailableException">No silo has been reached yet.</exception>
    public void Require()
    {
        if (!made) throw new ClusterUnavailableException("No silo has been reached yet.");
    }

    void ILifecycleParticipant<IClusterClientLifecycle>.Participate(IClusterClientLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClusterConnection), ServiceLifecycleStage.Active, _ =>
        {
            made = true;
            return Task.CompletedTask;
        });
}
