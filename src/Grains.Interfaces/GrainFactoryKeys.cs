using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Vitrine.Grains.Interfaces;

/// <summary>Reaching a grain by its typed key; the only place that turns a key into text.</summary>
public static class GrainFactoryKeys
{
    private static readonly ConditionalWeakTable<IGrainFactory, ConcurrentDictionary<Type, (GrainType Grain, GrainInterfaceType Interface)>> Known = [];

#pragma warning disable RS0030 // The raw call is banned so that it stands here alone.
    public static ITenantGrain Tenant(this IGrainFactory grains, TenantId tenant) => Get<ITenantGrain>(grains, tenant.Value);
    public static IKeysGrain Keys(this IGrainFactory grains, TenantId tenant) => Get<IKeysGrain>(grains, tenant.Value);
    public static IAuthenticationGrain Authentication(this IGrainFactory grains) => Get<IAuthenticationGrain>(grains, TenantId.Platform.Value);
    public static IMembersGrain Members(this IGrainFactory grains, TenantId tenant) => Get<IMembersGrain>(grains, tenant.Value);
    public static IJobsGrain Jobs(this IGrainFactory grains, TenantId tenant) => Get<IJobsGrain>(grains, tenant.Value);
    public static IModelsGrain Models(this IGrainFactory grains, TenantId tenant) => Get<IModelsGrain>(grains, tenant.Value);
    public static IProjectGrain Project(this IGrainFactory grains, ProjectKey project) => Get<IProjectGrain>(grains, project.ToString());
    public static IUserGrain User(this IGrainFactory grains, UserKey user) => Get<IUserGrain>(grains, user.ToString());
    public static IErasureGrain Erasure(this IGrainFactory grains, SubjectKey subject) => Get<IErasureGrain>(grains, subject.ToString());
    public static ISubjectGrain Subject(this IGrainFactory grains, SubjectKey subject) => Get<ISubjectGrain>(grains, subject.ToString());
    public static IEndUsersGrain EndUsers(this IGrainFactory grains, TenantId tenant) => Get<IEndUsersGrain>(grains, tenant.Value);
    public static ISessionGrain Session(this IGrainFactory grains, SessionKey session) => Get<ISessionGrain>(grains, session.ToString());
    public static IJobGrain Job(this IGrainFactory grains, JobKey job) => Get<IJobGrain>(grains, job.ToString());
    public static IAttemptsGrain Attempts(this IGrainFactory grains, AttemptsKey key) => Get<IAttemptsGrain>(grains, key.ToString());
    public static IAssetGrain Asset(this IGrainFactory grains, AssetKey asset) => Get<IAssetGrain>(grains, asset.ToString());
    public static IInputGrain Input(this IGrainFactory grains, InputKey input) => Get<IInputGrain>(grains, input.ToString());
    public static IReplaysGrain Replays(this IGrainFactory grains, TenantId tenant) => Get<IReplaysGrain>(grains, tenant.Value);
    public static IRenderQueueGrain RenderQueue(this IGrainFactory grains, PoolId pool) => Get<IRenderQueueGrain>(grains, pool.Value);
    public static IRendererGrain Renderer(this IGrainFactory grains, DeviceId device) => Get<IRendererGrain>(grains, device.ToString());
    public static ILedgerGrain Ledger(this IGrainFactory grains, TenantId tenant) => Get<ILedgerGrain>(grains, tenant.Value);
    public static ILedgersGrain Ledgers(this IGrainFactory grains) => Get<ILedgersGrain>(grains, TenantId.Platform.Value);
    public static IOriginsGrain Origins(this IGrainFactory grains) => Get<IOriginsGrain>(grains, TenantId.Platform.Value);

    // Orleans looks up by reflection, at every call, which grain stands behind an interface. What it found is kept beside the factory that found it: two clusters in one process may know different grains.
    private static T Get<T>(IGrainFactory grains, string key) where T : IGrainWithStringKey
    {
        var names = Known.GetOrCreateValue(grains);
        if (names.TryGetValue(typeof(T), out var known)) return (T)grains.GetGrain(GrainId.Create(known.Grain, IdSpan.Create(key)), known.Interface);
        var grain = grains.GetGrain<T>(key);
        if (grain is GrainReference reference) names[typeof(T)] = (reference.GrainId.Type, reference.InterfaceType);
        return grain;
    }
#pragma warning restore RS0030
}
