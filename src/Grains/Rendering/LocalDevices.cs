using Vitrine.Grains.Interfaces;
using Vitrine.Inference;

namespace Vitrine.Grains.Rendering;

/// <summary>The engines of this silo, one for each of its devices.</summary>
public sealed class LocalDevices(IReadOnlyDictionary<DeviceId, IRenderingEngine> engines) : IAsyncDisposable
{
    public IEnumerable<DeviceId> Ids => engines.Keys;
    public IRenderingEngine Engine(DeviceId device) => engines[device];

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in engines.Values) await engine.DisposeAsync();
    }
}
