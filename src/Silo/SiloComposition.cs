using Marten;
using Orleans.Configuration;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Events;
using Vitrine.Grains.Inputs;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Projects;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Rendering;
using Vitrine.Grains.Replays;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Inference;

namespace Vitrine.Silo;

/// <summary>Puts the parts into a silo. Used by the process and, with parts of their own, by tests.</summary>
public static class SiloComposition
{
    public static ISiloBuilder AddVitrine(this ISiloBuilder silo, SiloParts parts)
    {
        var services = silo.Services;
        services.AddSingleton(parts.Database);
        services.AddMarten(options => VitrineStore.Configure(options, parts.Database)).UseLightweightSessions();
        services.AddSingleton(parts.Time);
        services.AddSingleton(parts.Blobs);
        services.AddSingleton(parts.Catalogue);
        services.AddSingleton(parts.Policies);
        services.AddSingleton(parts.Identities);
        services.AddSingleton(parts.AdminKey);
        services.AddSingleton(parts.Devices);
        services.AddSingleton(parts.Keys);
        services.AddSingleton(parts.Ledger);
        services.AddSingleton(parts.Watermark);
        services.AddSingleton<WatermarkNumbers>();
        services.AddSingleton<NamedBlobs>();
        services.AddSingleton<KeptManifests>();
        services.AddSingleton<InputRoom>();
        services.AddSingleton<PictureRoom>();
        services.AddSingleton<TenantKeys>();
        services.AddSingleton<SubjectKeys>();
        services.AddSingleton<SubjectIds>();
        services.AddSingleton<PersonalText>();
        services.AddSingleton<Erasures>();
        services.AddSingleton<LedgerStore>();
        services.AddSingleton<TileCache>();
        services.AddSingleton<LedgerReader>();
        services.AddSingleton<Attestation>();
        services.AddSingleton<EventSearch>();
        services.AddSingleton<Evidence>();
        services.AddSingleton<EventJournal>();
        services.AddSingleton<AccountReader>();
        services.AddSingleton<AccountParts>();
        services.AddSingleton<UsageReader>();
        services.AddSingleton(_ => ImageClassifier.Open(parts.Catalogue));
        services.AddSingleton<OutputGate>();
        services.AddSingleton<OutputSealing>();
        services.AddSingleton<Finishing>();
        services.AddSingleton<ClipFinishing>();
        services.AddSingleton<ClipRendering>();
        services.AddSingleton<StartPictures>();
        services.AddSingleton(_ => new FinishingLine(Environment.ProcessorCount, parts.RenderingNice));
        services.AddSingleton<LateStamps>();
        services.AddSingleton<LateStamping>();
        services.AddSingleton<ReplayRendering>();
        services.AddSingleton(new CheckpointInterval(parts.CheckpointSteps));
        services.AddSingleton<Checkpoints>();
        if (parts.PolicyFolder is { } folder) services.AddSingleton(folder).AddHostedService<PolicyReload>();

        silo.AddIncomingGrainCallFilter<StoreFailureFilter>();
        silo.AddIncomingGrainCallFilter<TenantScopeFilter>();
        if (SiloTelemetry.IsTraced) silo.AddActivityPropagation();
        silo.Configure<SiloMessagingOptions>(messaging => messaging.CancelRequestOnTimeout = true);
        silo.AddDeviceAffinity(parts.SiloName, parts.Devices.Ids);
        silo.AddStartupTask<RendererStart>(ServiceLifecycleStage.Active);
        services.AddHostedService<DeadSiloWatch>();
        services.AddHostedService<LedgerPace>();
        services.AddHostedService<SubjectKeyWatch>();
        services.AddHostedService<ErasureSweep>();
        services.AddHostedService<StampSweep>();
        services.AddHostedService<TransientSweep>();
        services.AddHostedService<OrphanSweep>();
        return silo;
    }
}
