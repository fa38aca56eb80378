using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Policies;
using Vitrine.Grains.Rendering;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Inference;
using Vitrine.Media;
using Vitrine.Provenance;
using DeviceKind = Vitrine.Grains.Interfaces.DeviceKind;

namespace Vitrine.Silo;

/// <summary>Everything of a silo that is not Orleans: opened from its settings, or put together by a test.</summary>
public sealed record SiloParts(
    string SiloName, NpgsqlDataSource Database, IBlobStore Blobs, ModelCatalogue Catalogue, PoliciesInForce Policies, PolicyFolder? PolicyFolder,
    ISigningIdentities Identities, PlatformKey AdminKey, LocalDevices Devices, TimeProvider Time, KeyDatabase Keys, LedgerOptions Ledger, WatermarkKey Watermark, int? CheckpointSteps = null,
    int RenderingNice = 0)
{
    public static SiloParts Open(SiloSettings settings, TimeProvider time)
    {
        var catalogue = ModelCatalogue.Load(settings.Models);
        var folder = new PolicyFolder(settings.Policies);
        var database = DatabaseOf(settings.Database);
        var signing = SigningFolder.Open(settings.Pki, settings.Organisation, time, AuthorityOf(settings));
        return new SiloParts(
            settings.SiloName, database, new FileBlobStore(settings.Blobs, time), catalogue, new PoliciesInForce(folder.ReadOrThrow()), folder,
            signing, new PlatformKey(settings.AdminKeyDigest), DevicesOf(settings, catalogue), time,
            new KeyDatabase(settings.KeyDatabase.Length == 0 ? database : DatabaseOf(settings.KeyDatabase)), LedgerFolder.Open(settings, signing.TimeStamps), WatermarkKeyFile.Open(settings.Pki), settings.CheckpointSteps,
            settings.RenderingNice);
    }

    /// <summary>
    /// Connections that find out soon that the server is gone, and that do not hold locks for ever. Nothing of ours leaves state in a session, so a connection goes
    /// back to the pool as it is; resetting it would be seven statements more for every commit.
    /// </summary>
    public static NpgsqlDataSource DatabaseOf(string connectionString)
    {
        var text = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 48, Timeout = 5, CommandTimeout = 10, ApplicationName = "vitrine-silo", NoResetOnClose = true };
        return new NpgsqlDataSourceBuilder(text.ConnectionString).Build();
    }

    private static HttpTimeStampAuthority? AuthorityOf(SiloSettings settings) => settings.TimeStampAuthority is { Length: > 0 } address ? new(new Uri(address)) : null;

    private static LocalDevices DevicesOf(SiloSettings settings, ModelCatalogue catalogue) => new(
        settings.Devices == "none" ? new Dictionary<DeviceId, IRenderingEngine>()
        : Vitrine.Inference.Devices.Detect(settings.Devices).ToDictionary(
            device => new DeviceId(settings.SiloName, (DeviceKind)(int)device.Kind, device.Ordinal), device => EngineOf(settings, catalogue, device)));

    private static IRenderingEngine EngineOf(SiloSettings settings, ModelCatalogue catalogue, Device device)
    {
        var options = new EngineOptions
        {
            Device = device, IntraOpThreads = settings.IntraOpThreads, MaxBatch = settings.MaxBatch ?? 0, MemoryBudget = (long)settings.MemoryBudgetMiB << 20, Pinned = settings.PinnedModels,
            CallLimit = settings.CallLimit, Nice = settings.RenderingNice, TensorRtCache = settings.TensorRtCache.Length == 0 ? null : settings.TensorRtCache,
        };
        return settings.EngineProcess ?? device.Kind != Vitrine.Inference.DeviceKind.Cpu
            ? new EngineProcess(ThisProgram(), catalogue, options)
            : new GuardedEngine(ThisProgram(), catalogue, options);
    }

    // Started as "Vitrine.Silo …" or as "dotnet Vitrine.Silo.dll …"; the child is started in the same way.
    private static EngineProgram ThisProgram()
    {
        var (process, entry) = (Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, typeof(SiloParts).Assembly.GetName().Name + ".dll"));
        return Path.GetFileNameWithoutExtension(process) == "dotnet" ? new(process, [entry, EngineHost.Command]) : new(process, [EngineHost.Command]);
    }
}
