using System.Globalization;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>The manifests of all inputs, in the order in which they go in front of the new one, each once.</summary>
internal sealed class CopiedManifests
{
    /// <summary>Why a second version stands beside the first: two manifests with one label and other bytes (C2PA 2.2, 8.3).</summary>
    private const int ConflictReason = 1;

    private const int MostVersions = 100;

    private readonly List<JumbfBox> boxes = [];

    public IEnumerable<byte[]> Bytes => boxes.Select(b => b.Bytes.ToArray());

    public int Length => boxes.Sum(b => b.Bytes.Length);

    public int Count => boxes.Count;

    /// <summary>
    /// Adds the manifests of an input and answers its active one as it is in the new store. One whose label is taken by other bytes gets a further version in its
    /// label. Answers null, and adds nothing, when that would break references between the input's own manifests.
    /// </summary>
    public JumbfBox? Add(IngredientManifests manifests)
    {
        IEnumerable<JumbfBox> older = manifests.Boxes.Take(manifests.Boxes.Count - 1);
        if (older.Any(IsTakenByOthers)) return null;
        JumbfBox? active = IsTakenByOthers(manifests.Active) ? Relabelled(manifests.Active) : manifests.Active;
        if (active is null) return null;
        foreach (JumbfBox box in older.Append(active))
            if (Find(box.Label) is null) boxes.Add(box);
        return active;
    }

    public bool Holds(string label) => Find(label) is not null;

    private JumbfBox? Find(string label) => boxes.Find(b => b.Label == label);

    private bool IsTakenByOthers(JumbfBox box) => Find(box.Label) is { } other && !other.Bytes.Span.SequenceEqual(box.Bytes.Span);

    private JumbfBox? Relabelled(JumbfBox box)
    {
        if (box.Label.Split(':') is not ["urn", "c2pa", var uuid, .. var rest]) return null;
        for (int version = 2; version <= MostVersions; version++)
        {
            string label = string.Create(CultureInfo.InvariantCulture, $"urn:c2pa:{uuid}:{(rest.Length > 0 ? rest[0] : "")}:{version}_{ConflictReason}");
            if (box.WithLabel(label) is not { } renamed) return null;
            if (!IsTakenByOthers(renamed)) return renamed;
        }
        return null;
    }
}
