using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>The manifests of an input, byte for byte, oldest first and the active one last (C2PA 2.2, 11.1.4 and 10.3.2.2).</summary>
internal sealed class IngredientManifests
{
    private IngredientManifests(IReadOnlyList<JumbfBox> boxes, ReadOnlyMemory<byte> activeSignature) => (Boxes, ActiveSignature) = (boxes, activeSignature);

    public IReadOnlyList<JumbfBox> Boxes { get; }

    public JumbfBox Active => Boxes[^1];

    /// <summary>Of all of them, in bytes.</summary>
    public int Length => Boxes.Sum(box => box.Bytes.Length);

    /// <summary>The superbox of the active manifest's claim signature.</summary>
    public ReadOnlyMemory<byte> ActiveSignature { get; }

    /// <summary>
    /// Answers null when the file has not exactly one store, or when a manifest of it is so broken that a reader would give up on the whole new store:
    /// what can be read is copied, whether it is valid or not.
    /// </summary>
    public static IngredientManifests? TryRead(ReadOnlyMemory<byte> file)
    {
        if (Carrier.TryOpen(file, out _) is not { Stores: [{ } frame] }) return null;
        // A copy, so that the boxes do not keep the whole file alive.
        if (JumbfBox.TryParse(frame.Store.ToArray(), out _) is not { } store || !ManifestStore.IsStore(store)) return null;
        if (store.Children.GroupBy(m => m.Label, StringComparer.Ordinal).Any(g => g.Count() > 1) || !AreReadable(store)) return null;
        JumbfBox signature = store.Children[^1].Children.Single(c => c.Type == JumbfType.Signature);
        return new(store.Children, signature.Bytes);
    }

    private static bool AreReadable(JumbfBox store)
    {
        var budget = new ValidationBudget();
        budget.Admit(store.Bytes.Length);
        return store.Children.TrueForAll(manifest => Manifest.IsReadable(manifest, budget));
    }
}
