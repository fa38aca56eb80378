using Orleans.Concurrency;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;

namespace Vitrine.Grains.Rendering;

/// <summary>Tells which models there are; owns nothing.</summary>
[GrainType("vitrine.models"), StatelessWorker]
public sealed class ModelsGrain(ModelCatalogue catalogue) : Grain, IModelsGrain, Tenants.ITenantScoped
{
    public async Task<IReadOnlyList<ModelView>> List(ProjectId? project)
    {
        var allowed = project is { } id ? (await GrainFactory.Project(new(new TenantId(this.GetPrimaryKeyString()), id)).Get(CancellationToken.None))?.Models : null;
        return [.. catalogue.Models.Where(model => model.Kind == ModelKind.TextToImage && (allowed is null || allowed.Contains(model.Name)))
            .Select(model => new ModelView(model.Name, model.Version, model.Digest, model.NativeSize, model.NativeSize, model.Steps.Default, model.Steps.Max, model.Guidance.Default, new DateTimeOffset(model.Released ?? DateOnly.FromDateTime(DateTime.UnixEpoch), TimeOnly.MinValue, TimeSpan.Zero)))];
    }
}
