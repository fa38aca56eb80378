using System.Buffers.Binary;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The ranges of a film that its hash leaves out, found by path and by what the boxes hold (C2PA 2.2, 18.7.3).</summary>
internal sealed class BmffExclusions
{
    /// <summary>Ranges of all exclusions together; a path may name many boxes.</summary>
    private const int MostRanges = 4096;

    /// <summary>Bytes whose comparison counts like that of one box.</summary>
    private const int BytesOfAComparison = 64;

    private readonly HashSet<int> whole = [];
    private readonly List<(int Start, int Length)> ranges = [];
    private int comparisonsLeft = ValidationLimits.ExclusionComparisons;

    private BmffExclusions() { }

    /// <summary>What is left out, in file order, apart from each other.</summary>
    public List<(int Start, int End)> Gaps { get; } = [];

    /// <summary>Whether all of the box is left out, and so its offset too.</summary>
    public bool IsWhole(BmffBox box) => whole.Contains(box.Start);

    public bool LeavesOut(int start, int length) => ranges.Exists(r => r.Start <= start && r.Start + r.Length >= start + length);

    public static BmffExclusions? TryRead(List<object?> entries, BmffCarrier film)
    {
        var exclusions = new BmffExclusions();
        ILookup<string, BmffBox> byPath = film.Boxes.ToLookup(b => b.Path, StringComparer.Ordinal);
        foreach (object? entry in entries)
        {
            if (entry is not CborMap map || map.Text("xpath") is not { } path || !AreApart(map.List("subset"))) return null;
            foreach (BmffBox box in byPath[path])
            {
                if (!exclusions.Applies(map, box, film.File.Span)) continue;
                if (map.List("subset") is { } subsets) exclusions.AddSubsets(subsets, box);
                else
                {
                    exclusions.ranges.Add((box.Start, box.Length));
                    exclusions.whole.Add(box.Start);
                }
                if (exclusions.ranges.Count > MostRanges) return null;
            }
        }
        if (exclusions.comparisonsLeft < 0) return null;
        exclusions.ranges.Sort();
        exclusions.JoinRanges();
        return exclusions;
    }

    private void JoinRanges()
    {
        foreach ((int start, int length) in ranges)
        {
            if (Gaps.Count > 0 && start <= Gaps[^1].End) Gaps[^1] = (Gaps[^1].Start, Math.Max(Gaps[^1].End, start + length));
            else Gaps.Add((start, start + length));
        }
    }

    private void AddSubsets(List<object?> subsets, BmffBox box)
    {
        foreach (CborMap subset in subsets.OfType<CborMap>())
        {
            long offset = subset.Number("offset")!.Value, length = subset.Number("length")!.Value;
            if (offset < box.Length) ranges.Add((box.Start + (int)offset, (int)(length == 0 ? box.Length - offset : Math.Min(length, box.Length - offset))));
        }
    }

    private static bool AreApart(List<object?>? subsets)
    {
        long end = 0;
        foreach (object? entry in subsets ?? [])
        {
            if (entry is not CborMap subset || subset.Number("offset") is not { } offset || subset.Number("length") is not { } length) return false;
            if (offset < end || length < 0 || length > int.MaxValue || offset > int.MaxValue) return false;
            end = offset + length;
        }
        return true;
    }

    private bool Applies(CborMap exclusion, BmffBox box, ReadOnlySpan<byte> file)
    {
        if (--comparisonsLeft < 0) return false;
        ReadOnlySpan<byte> bytes = file.Slice(box.Start, box.Length);
        if (exclusion.Number("length") is { } length && length != box.Length) return false;
        if (exclusion.Number("version") is { } version && (bytes.Length <= box.HeaderLength || bytes[box.HeaderLength] != version)) return false;
        if (exclusion.Bytes("flags") is { Length: >= 3 } flags && !FlagsMatch(exclusion, flags.Span, bytes, box.HeaderLength)) return false;
        foreach (CborMap data in (exclusion.List("data") ?? []).OfType<CborMap>())
        {
            if (data.Number("offset") is not { } offset || data.Bytes("value") is not { } value) return false;
            if ((comparisonsLeft -= 1 + value.Length / BytesOfAComparison) < 0) return false;
            if (offset < 0 || offset > bytes.Length || value.Length > bytes.Length - offset || !bytes.Slice((int)offset, value.Length).SequenceEqual(value.Span)) return false;
        }
        return true;
    }

    private static bool FlagsMatch(CborMap exclusion, ReadOnlySpan<byte> flags, ReadOnlySpan<byte> box, int header)
    {
        if (box.Length < header + 4) return false;
        int found = BinaryPrimitives.ReadInt32BigEndian(box[header..]) & 0xFFFFFF, wanted = flags[0] << 16 | flags[1] << 8 | flags[2];
        return exclusion.Get("exact") is false ? (found & wanted) == wanted : found == wanted;
    }
}
