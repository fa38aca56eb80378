namespace Vitrine.Grains.Interfaces;

/// <summary>The models that the cluster offers. Key: the tenant (a project's allow-list may narrow it).</summary>
[Alias("vitrine.IModelsGrain"), GrainInterfaceType("vitrine.models")]
public interface IModelsGrain : IGrainWithStringKey
{
    [Alias("List")] Task<IReadOnlyList<ModelView>> List(ProjectId? project);
}

[GenerateSerializer, Immutable, Alias("vitrine.ModelView")]
public sealed record ModelView(
    [property: Id(0)] string Name, [property: Id(1)] string Version, [property: Id(2)] string Digest, [property: Id(3)] int Width, [property: Id(4)] int Height,
    [property: Id(5)] int DefaultSteps, [property: Id(6)] int MaxSteps, [property: Id(7)] float DefaultGuidance, [property: Id(8)] DateTimeOffset Released);
