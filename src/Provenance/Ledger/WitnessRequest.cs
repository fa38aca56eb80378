using System.Globalization;
using System.Text;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// What is said to a witness (C2SP tlog-witness, <c>add-checkpoint</c>) and what it answers. The bytes only; sending them is the caller's.
/// </summary>
public static class WitnessRequest
{
    /// <summary>The body of the request: the size that the witness has seen, the proof from there, and the checkpoint.</summary>
    public static byte[] Write(long seen, IReadOnlyList<TreeHash> consistency, SignedNote checkpoint) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"old {seen}\n") + string.Concat(consistency.Select(hash => hash + "\n")) + "\n" + checkpoint);

    /// <summary>The checkpoint with those cosignatures of the answer that these witnesses truly made; all other lines are ignored, as the specification says.</summary>
    public static SignedNote Accept(SignedNote checkpoint, ReadOnlySpan<byte> answer, IReadOnlyCollection<NoteKey> witnesses)
    {
        var lines = answer.Length > SignedNote.MaxBytes ? [] : Encoding.UTF8.GetString(answer).Split('\n');
        foreach (var line in lines.Take(SignedNote.MaxSignatures))
            if (SignedNote.ReadLine(line) is { } signature && witnesses.Any(key =>
                    key.Kind == NoteKeyKind.Cosignature && key.Name == signature.Name && key.Id == signature.KeyId && key.Verify(checkpoint.Text, signature.Bytes.Span))
                && !checkpoint.Signatures.Any(known => known.Name == signature.Name && known.KeyId == signature.KeyId))
                checkpoint = checkpoint.With(signature);
        return checkpoint;
    }

    /// <summary>The size that the witness has seen, from the body of its answer 409; null when it says none.</summary>
    public static long? ReadSeen(ReadOnlySpan<byte> answer) =>
        answer.Length is > 1 and <= 20 && answer[^1] == '\n' && long.TryParse(answer[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;
}
