namespace Vitrine.Inference;

/// <summary>The models that a folder offers, as its <c>catalogue.yaml</c> says. Immutable; weights are read when a model is first used.</summary>
public sealed class ModelCatalogue
{
    /// <summary>The name of the file in the folder.</summary>
    public const string FileName = "catalogue.yaml";

    private readonly Dictionary<string, ModelCard> byName;

    internal ModelCatalogue(string folder, IReadOnlyList<ModelCard> models)
    {
        (Folder, Models) = (folder, models);
        byName = models.SelectMany(card => card.Aliases.Prepend(card.Name).Select(name => (name, card)))
            .ToDictionary(pair => pair.name, pair => pair.card, StringComparer.Ordinal);
    }

    /// <summary>The absolute path of the folder.</summary>
    public string Folder { get; }

    /// <summary>All models in the order of the file, upscalers and classifiers among them.</summary>
    public IReadOnlyList<ModelCard> Models { get; }

    /// <summary>Reads and checks <c>catalogue.yaml</c> in a folder.</summary>
    /// <exception cref="CatalogueException">The file is missing, unreadable or wrong; holds every problem with file and line.</exception>
    public static ModelCatalogue Load(string folder) => new(Path.GetFullPath(folder), CatalogueReader.Read(Path.GetFullPath(folder)));

    /// <summary>Finds a model by its exact name or alias (case counts).</summary>
    public bool TryGet(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ModelCard? card) => byName.TryGetValue(name, out card);

    /// <summary>Finds a model by its exact name or alias.</summary>
    /// <exception cref="ModelLoadException">There is none.</exception>
    internal ModelCard Get(string name) =>
        byName.TryGetValue(name, out var card) ? card : throw new ModelLoadException(name, $"not in the catalogue, which has {string.Join(", ", Models.Select(m => m.Name))}.");
}
