namespace Vitrine.Grains.Interfaces;

/// <summary>What a renderer shall make, complete: nothing else decides a pixel.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.RenderOrder")]
public sealed record RenderOrder([property: Id(0)] JobKey Job, [property: Id(1)] int Attempt, [property: Id(2)] JobView View)
{
    /// <summary>Attempts before this one that ended without a word: with their silo, for which the job may be to blame or not, or because their silo stopped as it should.</summary>
    public int Unreported => Attempt - 1 - View.Failures;
}

/// <summary>Either all outputs or a failure. <see cref="MayRetry"/> lets the job be tried again while attempts are left.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.RenderResult")]
public sealed record RenderResult([property: Id(0)] IReadOnlyList<AssetView> Outputs, [property: Id(1)] Failure? Failure, [property: Id(2)] bool MayRetry)
{
    /// <summary>The pictures that the output policy forbids; some exactly when the failure is <see cref="Failure.OutputBlocked"/>.</summary>
    [Id(3)] public IReadOnlyList<BlockedOutput> Blocked { get; init; } = [];

    /// <summary>Attempts before this one that count as failures too, although nobody said so: they ended with their silo, and now a process that worked on nothing else ended in the same way.</summary>
    [Id(4)] public int Deaths { get; init; }
}

/// <summary>A picture that was made and must not leave.</summary>
/// <param name="Image">Which picture of the job, from 0.</param>
[GenerateSerializer, Immutable, Alias("vitrine.BlockedOutput")]
public sealed record BlockedOutput([property: Id(0)] int Image, [property: Id(1)] OutputScreening Screening);
