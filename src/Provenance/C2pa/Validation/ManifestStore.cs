using System.IO.Compression;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The manifests of a store by label, each read once. What reading found is told when the manifest is checked.</summary>
internal sealed class ManifestStore
{
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    public ManifestStore(JumbfBox store, Findings findings, ValidationBudget budget)
    {
        if (store.Children.Count > ValidationLimits.Manifests)
            findings.Fail(StatusCode.General, "", $"The store holds {store.Children.Count} manifests, more than {ValidationLimits.Manifests}.");
        foreach (JumbfBox box in store.Children.TakeLast(ValidationLimits.Manifests))
        {
            // Boxes of kinds that nobody knows are passed over (C2PA 2.2, 11.1.4.1).
            if (box.Type != JumbfType.Manifest && box.Type != JumbfType.UpdateManifest && box.Type != JumbfType.TimeStampManifest && box.Type != JumbfType.CompressedManifest && box != store.Children[^1]) continue;
            if (!entries.TryAdd(box.Label, new(box, budget))) findings.Fail(StatusCode.General, "self#jumbf=/c2pa/" + box.Label, "Two manifests of the store have the same label.");
        }
        ActiveLabel = store.Children[^1].Label;
        Labels = entries.Keys.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether a box is a manifest store with at least one manifest (C2PA 2.2, 11.1.4.1); nothing in another is checked, nor copied.</summary>
    public static bool IsStore(JumbfBox box) => box.Type == JumbfType.Store && box.Label == "c2pa" && box.Children.Count > 0;

    public string ActiveLabel { get; }

    public IReadOnlySet<string> Labels { get; }

    /// <summary>The manifest as it is stored, compressed or not.</summary>
    public JumbfBox? Box(string label) => entries.TryGetValue(label, out Entry? entry) ? entry.Box : null;

    public Manifest? Read(string label) => entries.TryGetValue(label, out Entry? entry) ? entry.Content : null;

    /// <summary>What reading the manifest found.</summary>
    public IReadOnlyList<CredentialFinding> FindingsOf(string label) => entries.TryGetValue(label, out Entry? entry) ? entry.Found : [];

    private sealed class Entry(JumbfBox box, ValidationBudget budget)
    {
        private readonly Findings findings = new();
        private bool isRead;
        private Manifest? content;

        public JumbfBox Box => box;

        public Manifest? Content
        {
            get
            {
                if (isRead) return content;
                isRead = true;
                JumbfBox? plain = box.Type == JumbfType.CompressedManifest ? Unfold(box) : box;
                if (plain is null) findings.Fail(StatusCode.ManifestCompressedInvalid, "self#jumbf=/c2pa/" + box.Label, "The compressed manifest does not unfold to a manifest of the same label.");
                else content = Manifest.TryRead(plain, findings, budget);
                return content;
            }
        }

        public IReadOnlyList<CredentialFinding> Found
        {
            get
            {
                _ = Content;
                return findings.All;
            }
        }

        /// <summary>C2PA 2.2, 11.2.4: one box of Brotli data (RFC 7932).</summary>
        private JumbfBox? Unfold(JumbfBox box)
        {
            if (box.OnlyContent("brob") is not { } compressed) return null;
            byte[] buffer = new byte[Math.Min(Math.Min(ValidationLimits.UnfoldedBytes, budget.UnfoldedBytesLeft), Math.Max(4096, compressed.Length * 16L))];
            if (!BrotliDecoder.TryDecompress(compressed.Span, buffer, out int written)) return null;
            budget.CountUnfolded(buffer.Length);
            budget.Admit(written);
            JumbfBox? plain = JumbfBox.TryParse(buffer.AsMemory(0, written), ref budget.BoxesLeft, out _);
            return plain is not null && plain.Label == box.Label && (plain.Type == JumbfType.Manifest || plain.Type == JumbfType.UpdateManifest) ? plain : null;
        }
    }
}
