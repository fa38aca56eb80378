using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance;

/// <summary>The manifest store of a file by itself, as <c>application/c2pa</c> carries it (C2PA 2.2, 11.4).</summary>
public static class ManifestStoreBytes
{
    /// <summary>The media type of a manifest store outside a file.</summary>
    public const string MediaType = "application/c2pa";

    /// <summary>The store of a file, byte for byte; null when the file holds none, several, or one that cannot be read.</summary>
    /// <param name="activeOnly">Only the active manifest, in a store of its own: what its ingredients were is then left out.</param>
    public static byte[]? Of(ReadOnlyMemory<byte> file, bool activeOnly = false)
    {
        if (Carrier.TryOpen(file, out _) is not { Stores: [{ Damage: null } frame] }) return null;
        if (!activeOnly) return frame.Store.ToArray();
        return JumbfBox.TryParse(frame.Store, out _) is { } store && C2pa.Validation.ManifestStore.IsStore(store)
            ? JumbfWriter.Super(JumbfType.Store, store.Label, store.Children[^1].Bytes.ToArray()) : null;
    }

    /// <summary>
    /// What the platform itself said of a file: the active manifest and, where that is an update, those that it updates, in a store of their own. What ingredients brought along is not in it: it may be
    /// of people. Null as above.
    /// </summary>
    public static byte[]? OwnOf(ReadOnlyMemory<byte> file)
    {
        if (Carrier.TryOpen(file, out _) is not { Stores: [{ Damage: null } frame] } || JumbfBox.TryParse(frame.Store, out _) is not { } box || !C2pa.Validation.ManifestStore.IsStore(box)) return null;
        var store = new C2pa.Validation.ManifestStore(box, new C2pa.Validation.Findings(), new C2pa.Validation.ValidationBudget());
        var own = new List<byte[]>();
        for (string? label = store.ActiveLabel; label is not null && own.Count < C2pa.Validation.ValidationLimits.Manifests && store.Box(label) is { } manifest;)
        {
            // The oldest first (C2PA 2.2, 11.1.4.1).
            own.Insert(0, manifest.Bytes.ToArray());
            label = store.Read(label) is { IsUpdate: true } update ? C2pa.Validation.IngredientReference.Of(update).FirstOrDefault(each => each.Relationship == "parentOf")?.ManifestLabel : null;
        }
        return JumbfWriter.Super(JumbfType.Store, box.Label, [.. own]);
    }

    /// <summary>Checks the claims of a store that is kept without its file: who signed them and when, and that they are whole. Whether some file is the one they speak of is not known then.</summary>
    public static CredentialVerdict Verify(ReadOnlyMemory<byte> store, TrustAnchors anchors, DateTimeOffset at) => C2pa.Validation.ManifestStoreValidator.ValidateStore(store, anchors, at);

    /// <summary>Whether a text has the form of a manifest's label, <c>urn:c2pa:</c> and so on (C2PA 2.2, 8.3), within the bound that labels have here.</summary>
    public static bool IsManifestUrn(string text) => text.Length <= MostUrn && C2pa.Validation.ManifestUrn.IsWellFormed(text);

    private const int MostUrn = 128;
}
