using System.Buffers.Binary;

namespace Vitrine.Provenance.Ledger;

/// <summary>Entries of a log as C2SP tlog-tiles serves them: each behind its length, a big-endian uint16.</summary>
public static class EntryBundle
{
    /// <summary>Bytes that an entry may have.</summary>
    public const int MaxEntry = ushort.MaxValue;

    /// <exception cref="ArgumentException">An entry is longer than <see cref="MaxEntry"/>.</exception>
    public static byte[] Write(IReadOnlyCollection<ReadOnlyMemory<byte>> entries)
    {
        if (entries.FirstOrDefault(entry => entry.Length > MaxEntry) is { Length: > 0 } long_) throw new ArgumentException($"An entry has {long_.Length} bytes; {MaxEntry} are the most.", nameof(entries));
        var bundle = new byte[entries.Sum(entry => 2 + entry.Length)];
        var rest = bundle.AsSpan();
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)entry.Length);
            entry.Span.CopyTo(rest[2..]);
            rest = rest[(2 + entry.Length)..];
        }
        return bundle;
    }

    /// <summary>The entries, as views of the bundle; null when it is cut off or holds more than a tile is wide.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? Read(ReadOnlyMemory<byte> bundle)
    {
        var entries = new List<ReadOnlyMemory<byte>>();
        while (bundle.Length > 0)
        {
            if (bundle.Length < 2 || entries.Count == Tile.FullWidth) return null;
            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle.Span);
            if (bundle.Length < 2 + length) return null;
            entries.Add(bundle.Slice(2, length));
            bundle = bundle[(2 + length)..];
        }
        return entries;
    }
}
