using System.Globalization;

namespace Vitrine.Provenance.Ledger;

/// <summary>The head of a log's tree (C2SP tlog-checkpoint): the text of a <see cref="SignedNote"/>.</summary>
/// <param name="Origin">Which log it is; also the name of the key that signs.</param>
/// <param name="Size">Leaves.</param>
/// <param name="Extensions">Further lines; ours has none, other logs may.</param>
public sealed record Checkpoint(string Origin, long Size, TreeHash Root, IReadOnlyList<string> Extensions)
{
    /// <summary>Leaves that a tree can have here: far beyond any log, and safe to compute with.</summary>
    public const long MaxSize = 1L << 62;

    public Checkpoint(string origin, long size, TreeHash root) : this(origin, size, root, [])
    {
    }

    /// <summary>Null when the text is no checkpoint, or not in the one form that the specification gives it.</summary>
    public static Checkpoint? Parse(string text)
    {
        if (!text.EndsWith('\n') || text[..^1].Split('\n') is not [var origin, var sizeText, var rootText, .. var extensions]) return null;
        if (origin.Length == 0 || extensions.Any(line => line.Length == 0)) return null;
        if (!long.TryParse(sizeText, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size > MaxSize || sizeText != size.ToString(CultureInfo.InvariantCulture)) return null;
        return TreeHash.TryParse(rootText, out var root) ? new(origin, size, root, extensions) : null;
    }

    /// <summary>The checkpoint of a note that this key signed for the log of the key's name; null when it is not signed so or is none.</summary>
    public static Checkpoint? Open(SignedNote note, NoteKey key) =>
        note.IsSignedBy(key) && Parse(note.Text) is { } checkpoint && checkpoint.Origin == key.Name ? checkpoint : null;

    /// <summary>Signs in the name of the log.</summary>
    public SignedNote Sign(NoteSigner signer) => new(ToString(), [signer.Sign(ToString(), Origin)]);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root}\n") + string.Concat(Extensions.Select(line => line + "\n"));

    /// <summary>By value, extension lines too.</summary>
    public bool Equals(Checkpoint? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => HashCode.Combine(Origin, Size, Root);
}
