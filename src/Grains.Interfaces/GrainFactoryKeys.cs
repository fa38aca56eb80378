using Orleans.Runtime;

namespace Vitrine.Grains.Interfaces;

/// <summary>Reaching a grain by its typed key; the only place that turns a key into text.</summary>
public static class GrainFactoryKeys
{
#pragma warning disable RS0030 // The raw call is banned so that it stands here alone.
    public static ITenantGrain Tenant(this IGrainFactory grains, TenantId tenant) => grains.Of<ITenantGrain>(tenant.Value);
    public static IKeysGrain Keys(this IGrainFactory grains, TenantId tenant) => grains.Of<IKeysGrain>(tenant.Value);
    public static IAuthenticationGrain Authentication(this IGrainFactory grains) => grains.Of<IAuthenticationGrain>(TenantId.Platform.Value);
    public static IMembersGrain Members(this IGrainFactory grains, TenantId tenant) => grains.Of<IMembersGrain>(tenant.Value);
    public static IJobsGrain Jobs(this IGrainFactory grains, TenantId tenant) => grains.Of<IJobsGrain>(tenant.Value);
    public static IModelsGrain Models(this IGrainFactory grains, TenantId tenant) => grains.Of<IModelsGrain>(tenant.Value);
    public static IProjectGrain Project(this IGrainFactory grains, ProjectKey project) => grains.Of<IProjectGrain>(project.ToString());
    public static IUserGrain User(this IGrainFactory grains, UserKey user) => grains.Of<IUserGrain>(user.ToString());
    public static IErasureGrain Erasure(this IGrainFactory grains, SubjectKey subject) => grains.Of<IErasureGrain>(subject.ToString());
    public static ISubjectGrain Subject(this IGrainFactory grains, SubjectKey subject) => grains.Of<ISubjectGrain>(subject.ToString());
    public static IEndUsersGrain EndUsers(this IGrainFactory grains, TenantId tenant) => grains.Of<IEndUsersGrain>(tenant.Value);
    public static ISessionGrain Session(this IGrainFactory grains, SessionKey session) => grains.Of<ISessionGrain>(session.ToString());
    public static IJobGrain Job(this IGrainFactory grains, JobKey job) => grains.Of<IJobGrain>(job.ToString());
    public static IAttemptsGrain Attempts(this IGrainFactory grains, AttemptsKey key) => grains.Of<IAttemptsGrain>(key.ToString());
    public static IAssetGrain Asset(this IGrainFactory grains, AssetKey asset) => grains.Of<IAssetGrain>(asset.ToString());
    public static IInputGrain Input(this IGrainFactory grains, InputKey input) => grains.Of<IInputGrain>(input.ToString());
    public static IReplaysGrain Replays(this IGrainFactory grains, TenantId tenant) => grains.Of<IReplaysGrain>(tenant.Value);
    public static IRenderQueueGrain RenderQueue(this IGrainFactory grains, PoolId pool) => grains.Of<IRenderQueueGrain>(pool.Value);
    public static IRendererGrain Renderer(this IGrainFactory grains, DeviceId device) => grains.Of<IRendererGrain>(device.ToString());
    public static ILedgerGrain Ledger(this IGrainFactory grains, TenantId tenant) => grains.Of<ILedgerGrain>(tenant.Value);
    public static ILedgersGrain Ledgers(this IGrainFactory grains) => grains.Of<ILedgersGrain>(TenantId.Platform.Value);
    public static IOriginsGrain Origins(this IGrainFactory grains) => grains.Of<IOriginsGrain>(TenantId.Platform.Value);

    private static T Of<T>(this IGrainFactory grains, string key) where T : class, IGrainWithStringKey
    {
        if (Names<T>.Known is { } names) return (T)grains.GetGrain(GrainId.Create(names.Grain, key), names.Interface);
        var grain = grains.GetGrain<T>(key);
        Names<T>.Known = new(grain.GetGrainId().Type, ((GrainReference)(object)grain).InterfaceType);
        return grain;
    }
#pragma warning restore RS0030

    /// <summary>What a grain and its interface are called. Orleans finds that out by reflection each time it is asked for a grain, which was a thirtieth of an acceptance's processor time.</summary>
    private static class Names<T>
    {
        public static Known? Known { get; set; }
    }

    private sealed record Known(GrainType Grain, GrainInterfaceType Interface);
}
