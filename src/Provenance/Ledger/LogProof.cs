using System.Globalization;
using System.Text;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// A proof that can be checked offline (C2SP tlog-proof, <c>.tlog-proof</c>): an index, the hashes from the leaf's sibling up to the root's child, and the
/// signed checkpoint.
/// </summary>
public sealed record LogProof(long Index, IReadOnlyList<TreeHash> Hashes, SignedNote Checkpoint)
{
    private const string FirstLine = "c2sp.org/tlog-proof@v1";

    /// <summary>Null when the bytes are no well-formed proof.</summary>
    public static LogProof? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > SignedNote.MaxBytes) return null;
        var split = bytes.IndexOf("\n\n"u8);
        if (split < 0 || !Ascii.IsValid(bytes[..split]) || SignedNote.Parse(bytes[(split + 2)..]) is not { } note) return null;
        var lines = Encoding.ASCII.GetString(bytes[..split]).Split('\n').ToList();
        if (lines.Count < 2 || lines[0] != FirstLine) return null;
        // Extra data is not authenticated, and this log writes none.
        if (lines[1].StartsWith("extra ", StringComparison.Ordinal)) lines.RemoveAt(1);
        if (lines.Count < 2 || !lines[1].StartsWith("index ", StringComparison.Ordinal) || lines.Count - 2 > ProofCheck.MaxHashes) return null;
        var digits = lines[1]["index ".Length..];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index.ToString(CultureInfo.InvariantCulture) != digits) return null;
        var hashes = new List<TreeHash>();
        foreach (var line in lines.Skip(2))
        {
            if (!TreeHash.TryParse(line, out var hash)) return null;
            hashes.Add(hash);
        }
        return new(index, hashes, note);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{FirstLine}\nindex {Index}\n") + string.Concat(Hashes.Select(hash => hash + "\n")) + "\n" + Checkpoint;

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());
}
