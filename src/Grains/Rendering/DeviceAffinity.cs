using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>What a silo says of itself in the membership table.</summary>
public static class SiloMetadataKeys
{
    public const string Silo = "vitrine.silo";

    /// <summary>Local names of its devices, separated by commas: <c>cuda0,cuda1</c>.</summary>
    public const string Devices = "vitrine.devices";
}

/// <summary>
/// Places a grain whose key is a device only on the silo that advertises that device. The filters that come with Orleans compare with the calling
/// silo's metadata and would place a renderer wherever its caller is (docs/adr/0002).
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnDeviceSiloAttribute() : PlacementFilterAttribute(new DeviceAffinityStrategy());

public sealed class DeviceAffinityStrategy(int order) : PlacementFilterStrategy(order)
{
    public DeviceAffinityStrategy() : this(0) { }
}

public sealed class DeviceAffinityDirector(ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var device = DeviceId.Parse(target.GrainIdentity.Key.ToString()!);
        return silos.Where(silo => Advertises(metadata.GetSiloMetadata(silo).Metadata, device));
    }

    private static bool Advertises(ImmutableDictionary<string, string> silo, DeviceId device) =>
        silo.TryGetValue(SiloMetadataKeys.Silo, out var name) && name == device.Silo
        && silo.TryGetValue(SiloMetadataKeys.Devices, out var devices) && devices.Split(',').Contains(device.Local);
}

public static class DeviceAffinityHosting
{
    /// <summary>Advertises this silo's devices and teaches it to place renderers by them.</summary>
    public static ISiloBuilder AddDeviceAffinity(this ISiloBuilder silo, string name, IEnumerable<DeviceId> devices)
    {
        silo.UseSiloMetadata(new Dictionary<string, string> { [SiloMetadataKeys.Silo] = name, [SiloMetadataKeys.Devices] = string.Join(',', devices.Select(device => device.Local)) });
        silo.Services.AddPlacementFilter<DeviceAffinityStrategy, DeviceAffinityDirector>(ServiceLifetime.Transient);
        return silo;
    }
}
