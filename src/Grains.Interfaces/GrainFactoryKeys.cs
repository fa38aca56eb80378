namespace Vitrine.Grains.Interfaces;

/// <summary>Reaching a grain by its typed key; the only place that turns a key into text.</summary>
public static class GrainFactoryKeys
{
#pragma warning disable RS0030 // The raw call is banned so that it stands here alone.
    public static ITenantGrain Tenant(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<ITenantGrain>(tenant.Value);
    public static IKeysGrain Keys(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<IKeysGrain>(tenant.Value);
    public static IAuthenticationGrain Authentication(this IGrainFactory grains) => grains.GetGrain<IAuthenticationGrain>(TenantId.Platform.Value);
    public static IMembersGrain Members(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<IMembersGrain>(tenant.Value);
    public static IJobsGrain Jobs(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<IJobsGrain>(tenant.Value);
    public static IModelsGrain Models(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<IModelsGrain>(tenant.Value);
    public static IProjectGrain Project(this IGrainFactory grains, ProjectKey project) => grains.GetGrain<IProjectGrain>(project.ToString());
    public static IUserGrain User(this IGrainFactory grains, UserKey user) => grains.GetGrain<IUserGrain>(user.ToString());
    public static IErasureGrain Erasure(this IGrainFactory grains, SubjectKey subject) => grains.GetGrain<IErasureGrain>(subject.ToString());
    public static ISubjectGrain Subject(this IGrainFactory grains, SubjectKey subject) => grains.GetGrain<ISubjectGrain>(subject.ToString());
    public static IEndUsersGrain EndUsers(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<IEndUsersGrain>(tenant.Value);
    public static ISessionGrain Session(this IGrainFactory grains, SessionKey session) => grains.GetGrain<ISessionGrain>(session.ToString());
    public static IJobGrain Job(this IGrainFactory grains, JobKey job) => grains.GetGrain<IJobGrain>(job.ToString());
    public static IAttemptsGrain Attempts(this IGrainFactory grains, AttemptsKey key) => grains.GetGrain<IAttemptsGrain>(key.ToString());
    public static IAssetGrain Asset(this IGrainFactory grains, AssetKey asset) => grains.GetGrain<IAssetGrain>(asset.ToString());
    public static IInputGrain Input(this IGrainFactory grains, InputKey input) => grains.GetGrain<IInputGrain>(input.ToString());
    public static IReplaysGrain Replays(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<IReplaysGrain>(tenant.Value);
    public static IRenderQueueGrain RenderQueue(this IGrainFactory grains, PoolId pool) => grains.GetGrain<IRenderQueueGrain>(pool.Value);
    public static IRendererGrain Renderer(this IGrainFactory grains, DeviceId device) => grains.GetGrain<IRendererGrain>(device.ToString());
    public static ILedgerGrain Ledger(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<ILedgerGrain>(tenant.Value);
    public static ILedgersGrain Ledgers(this IGrainFactory grains) => grains.GetGrain<ILedgersGrain>(TenantId.Platform.Value);
    public static IOriginsGrain Origins(this IGrainFactory grains) => grains.GetGrain<IOriginsGrain>(TenantId.Platform.Value);
#pragma warning restore RS0030
}
