using System.Globalization;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// What an auditor remembers of a log: the newest checkpoint that was believed. A new one is believed when the log's key signed it, and when a proof shows that
/// the remembered tree is its beginning, and when as many witnesses cosigned it as are asked for.
/// </summary>
/// <param name="witnesses">Null asks for none.</param>
public sealed class CheckpointHistory(NoteKey key, WitnessPolicy? witnesses = null)
{
    private readonly WitnessPolicy _witnesses = witnesses ?? WitnessPolicy.None;

    /// <summary>Null before the first.</summary>
    public Checkpoint? Newest { get; private set; }

    /// <summary>Which of the known witnesses cosigned the newest.</summary>
    public IReadOnlyList<WitnessedAt> Cosigned { get; private set; } = [];

    /// <summary>Believes the note's checkpoint and answers null, or says why not and stays as it was.</summary>
    /// <param name="consistency">From the size of <see cref="Newest"/> to that of the note; empty for the first checkpoint and for equal sizes.</param>
    public LogFinding? Believe(SignedNote note, IReadOnlyList<TreeHash> consistency)
    {
        if (Refuse(note, consistency) is { } refusal) return refusal;
        (Newest, Cosigned) = (Checkpoint.Parse(note.Text), _witnesses.Judge(note).Cosigned);
        return null;
    }

    private LogFinding? Refuse(SignedNote note, IReadOnlyList<TreeHash> consistency)
    {
        var size = Checkpoint.Parse(note.Text)?.Size ?? 0;
        if (!note.IsSignedBy(key)) return new(LogCodes.SignatureForeign, size, $"The checkpoint is not signed by {key.Name}.");
        if (Checkpoint.Open(note, key) is not { } next) return new(LogCodes.OriginForeign, size, $"What {key.Name} signed is no checkpoint of its log.");
        if (_witnesses.Judge(note).Refusal(size, _witnesses.Quorum) is { } unwitnessed) return unwitnessed;
        if (Newest is not { } seen) return null;
        if (next.Size < seen.Size)
            return new(LogCodes.Replayed, next.Size, string.Create(CultureInfo.InvariantCulture, $"A checkpoint over {next.Size} entries came after one over {seen.Size}."));
        return ProofCheck.Consistent(seen.Size, seen.Root, next.Size, next.Root, consistency)
            ? null
            : new(LogCodes.Forked, next.Size, string.Create(CultureInfo.InvariantCulture, $"The log of {next.Size} entries does not continue the log of {seen.Size} entries that was signed before."));
    }
}
