namespace Vitrine.Grains.Interfaces;

/// <summary>The one writer of all transparency logs. There is one, on the key <c>platform</c>.</summary>
[Alias("vitrine.ILedgersGrain"), GrainInterfaceType("vitrine.ledgers")]
public interface ILedgersGrain : IGrainWithStringKey
{
    /// <summary>Makes leaves of the events committed so far and signs checkpoints that are due. Answers how many leaves were written.</summary>
    [Alias("Advance")] Task<long> Advance(CancellationToken cancellation);

    /// <summary>As <see cref="Advance"/>, and signs checkpoints of all logs that have grown, due or not.</summary>
    [Alias("Seal")] Task Seal(CancellationToken cancellation);
}
