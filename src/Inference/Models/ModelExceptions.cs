namespace Vitrine.Inference;

/// <summary>Something wrong in a catalogue. <see cref="Line"/> counts from 1; 0 where no line is to blame.</summary>
public sealed record CatalogueProblem(string File, int Line, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Message}" : $"{File}: {Message}";
}

/// <summary>A catalogue was refused; <see cref="Problems"/> holds everything that is wrong with it, not only the first thing.</summary>
public sealed class CatalogueException(IReadOnlyList<CatalogueProblem> problems)
    : Exception("The model catalogue has errors:\n" + string.Join('\n', problems))
{
    /// <summary>All problems, in the order of the file.</summary>
    public IReadOnlyList<CatalogueProblem> Problems { get; } = problems;
}

/// <summary>A model could not be made ready: unknown, broken, or not of the shape that its family needs.</summary>
public class ModelLoadException(string model, string message, Exception? cause = null)
    : Exception($"Model '{model}': {message}", cause)
{
    /// <summary>The name that was asked for.</summary>
    public string Model { get; } = model;
}

/// <summary>The files of a model are not the ones its card was written for.</summary>
public sealed class ModelDigestMismatchException(string model, string expected, string found)
    : ModelLoadException(model, $"its files have digest {found}, the catalogue says {expected}; restore the files or write the new digest into the catalogue.")
{
    /// <summary>The digest in the catalogue.</summary>
    public string Expected { get; } = expected;

    /// <summary>The digest of the files.</summary>
    public string Found { get; } = found;
}

/// <summary>A model does not fit into <see cref="EngineOptions.MemoryBudget"/>, however long one waited.</summary>
public sealed class ModelDoesNotFitException : ModelLoadException
{
    public ModelDoesNotFitException(string model, long needed, long budget, string beside)
        : this(model, $"{needed >> 20} MiB would be needed (with what belongs to it and {beside}); the budget is {budget >> 20} MiB. Raise the budget.")
    {
    }

    internal ModelDoesNotFitException(string model, string message)
        : base(model, message)
    {
    }
}
