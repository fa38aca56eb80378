namespace Vitrine.Provenance.Ledger;

/// <summary>Somebody outside who has seen earlier checkpoints of a log and signs only what continues them (C2SP tlog-witness).</summary>
public interface IWitness
{
    /// <summary>The key of its cosignatures.</summary>
    NoteKey Key { get; }

    /// <summary>Sends the body of an <c>add-checkpoint</c>, see <see cref="WitnessRequest"/>.</summary>
    /// <exception cref="WitnessUnavailableException">It did not answer in time.</exception>
    Task<WitnessAnswer> AddCheckpoint(byte[] request, CancellationToken cancellation);
}

/// <param name="Status">HTTP status.</param>
public sealed record WitnessAnswer(int Status, byte[] Body);

/// <summary>A witness cannot be reached now; it can be asked again.</summary>
public sealed class WitnessUnavailableException : Exception
{
    public WitnessUnavailableException() : base("The witness did not answer.") { }

    public WitnessUnavailableException(string message) : base(message) { }

    public WitnessUnavailableException(string message, Exception innerException) : base(message, innerException) { }
}
