using System.Globalization;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// A statement for strangers, who may not learn whose log it is: that a log, of which the root is told and the name is not, holds a leaf. A signed note (C2SP signed-note) under the name
/// <c>origin/receipt</c>. Whoever may read the log finds the root among its checkpoints, which witnesses attest; a receipt with a root that is not there convicts the operator.
/// </summary>
public sealed record InclusionReceipt(string Origin, TreeHash Leaf, long Index, long Size, TreeHash Root)
{
    private const string Suffix = "/receipt";

    /// <summary>The name under which receipts of a platform are signed.</summary>
    public static string NameOf(string origin) => origin + Suffix;

    public SignedNote Sign(NoteSigner signer) => new(Text, [signer.Sign(Text, NameOf(Origin))]);

    /// <summary>Whether the note is this statement, signed by this key, and the proof leads from the leaf to the root.</summary>
    public bool IsProvedBy(SignedNote note, NoteKey key, IReadOnlyList<TreeHash> proof) =>
        key.Name == NameOf(Origin) && note.Text == Text && note.IsSignedBy(key) && ProofCheck.Included(Leaf, Index, Size, Root, proof);

    private string Text => string.Create(CultureInfo.InvariantCulture, $"{NameOf(Origin)}\nleaf {Leaf}\nindex {Index}\nsize {Size}\nroot {Root}\n");
}
