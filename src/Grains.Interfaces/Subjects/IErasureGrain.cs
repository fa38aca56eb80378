namespace Vitrine.Grains.Interfaces;

/// <summary>Forgets one person: a user, an end user, or whoever spoke through an API key. Key: the subject. Everything it does can be done again, so whoever is interrupted just asks again.</summary>
[Alias("vitrine.IErasureGrain"), GrainInterfaceType("vitrine.erasure")]
public interface IErasureGrain : IGrainWithStringKey
{
    /// <summary>
    /// Ends the subject's jobs, destroys their key, deletes their pictures, and records it. Null when nothing is known of such a subject. The answer may come before all is done
    /// (<see cref="ErasureView.ErasedAt"/> is null then): the rest is done without anybody asking.
    /// </summary>
    /// <param name="by">The API key that asks.</param>
    [Alias("Erase")] Task<ErasureView?> Erase(string by, CancellationToken cancellation);
}

/// <summary>What became of the erasing of a person.</summary>
/// <param name="Subject">A <see cref="SubjectId"/>.</param>
/// <param name="ErasedAt">Null while it is under way.</param>
/// <param name="Jobs">Jobs of the person whose texts can be read no more.</param>
/// <param name="JobsCanceled">Those among them that were open when the erasing began.</param>
/// <param name="Assets">Pictures that were deleted.</param>
/// <param name="PlainRecords">Records of the time before texts were sealed, whose texts were overwritten.</param>
/// <param name="EventVersion">Which event of <see cref="SubjectId.Stream"/> records it; 0 while it is under way.</param>
/// <param name="LedgerIndex">Where that event stands in the tenant's log; null while it is not there.</param>
[GenerateSerializer, Immutable, Alias("vitrine.ErasureView")]
public sealed record ErasureView(
    [property: Id(0)] string Subject, [property: Id(1)] DateTimeOffset BegunAt, [property: Id(2)] DateTimeOffset? ErasedAt, [property: Id(3)] int Jobs, [property: Id(4)] int JobsCanceled,
    [property: Id(5)] int Assets, [property: Id(6)] int PlainRecords, [property: Id(7)] long EventVersion, [property: Id(8)] long? LedgerIndex, [property: Id(9)] int Inputs = 0);

/// <summary>What was found and done, counted when all was done.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.ErasureCounts")]
public sealed record ErasureCounts([property: Id(0)] int Jobs, [property: Id(1)] int JobsCanceled, [property: Id(2)] int Assets, [property: Id(3)] int PlainRecords, [property: Id(4)] int Inputs = 0);
