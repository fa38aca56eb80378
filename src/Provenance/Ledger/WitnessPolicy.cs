namespace Vitrine.Provenance.Ledger;

/// <summary>Which witnesses an auditor knows, and how many of them must have cosigned a checkpoint before it is believed.</summary>
/// <param name="Quorum">0 asks for none; more than there are witnesses is never reached.</param>
public sealed record WitnessPolicy(IReadOnlyList<NoteKey> Witnesses, int Quorum)
{
    public static readonly WitnessPolicy None = new([], 0);

    /// <summary>Who of the witnesses cosigned the note. One key counts once, whatever its names.</summary>
    public WitnessVerdict Judge(SignedNote note)
    {
        var (cosigned, forged, keys) = (new List<WitnessedAt>(), new List<string>(), new HashSet<string>());
        foreach (var witness in Witnesses.Where(key => key.Kind == NoteKeyKind.Cosignature))
        {
            var own = note.Signatures.Where(signature => signature.Name == witness.Name && signature.KeyId == witness.Id).ToList();
            if (own.Count == 0) continue;
            if (!note.IsSignedBy(witness) || Cosignature.TimeOf(own[0].Bytes.Span) is not { } at) forged.Add(witness.Name);
            else if (keys.Add(Convert.ToHexString(witness.Bytes.Span))) cosigned.Add(new(witness.Name, at));
        }
        return new(cosigned, forged, cosigned.Count >= Quorum);
    }
}

/// <summary>A witness, and when it says that it signed.</summary>
public sealed record WitnessedAt(string Witness, DateTimeOffset At);

/// <param name="Forged">Witnesses in whose name something was signed that they did not sign.</param>
/// <param name="IsEnough">Whether the quorum is reached.</param>
public sealed record WitnessVerdict(IReadOnlyList<WitnessedAt> Cosigned, IReadOnlyList<string> Forged, bool IsEnough)
{
    /// <summary>What is wrong, or null.</summary>
    internal LogFinding? Refusal(long size, int quorum) =>
        Forged.Count > 0 ? new(LogCodes.CosignatureForged, size, $"The cosignature of {Forged[0]} is not of that witness: somebody tampered with the checkpoint.")
        : IsEnough ? null
        : new(LogCodes.QuorumMissed, size, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Cosigned.Count} of the known witnesses cosigned the checkpoint, and {quorum} must."));

    internal IEnumerable<string> Sentences() => Cosigned.Select(each => $"{each.Witness} cosigned the checkpoint at {each.At.UtcDateTime:u}.");
}
