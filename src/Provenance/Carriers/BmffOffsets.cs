using System.Buffers.Binary;

namespace Vitrine.Provenance.Carriers;

/// <summary>
/// Corrects the tables of a film whose boxes moved: they hold offsets from the beginning of the file (ISO/IEC 14496-12, 8.7.5). They are hashed, so before hashing.
/// </summary>
internal static class BmffOffsets
{
    /// <summary>Boxes that hold such offsets in forms that are not corrected here: fragments, item locations, encryption, indexes.</summary>
    private static readonly string[] uncorrected = ["moof", "iloc", "sidx", "saio", "mfra", "ssix"];

    /// <param name="output">The new file.</param>
    /// <param name="boxes">All boxes of the old file.</param>
    /// <param name="moves">Where each top-level box of the old file begins in the new one.</param>
    /// <exception cref="MalformedMediaException">The film has tables that are not corrected here, or offsets that do not lead into it.</exception>
    public static void Move(Span<byte> output, IEnumerable<BmffBox> boxes, IReadOnlyList<(int From, int To, int Length)> moves)
    {
        if (moves.All(m => m.From == m.To)) return;
        foreach (BmffBox box in boxes)
        {
            string code = box.Code.ToString();
            if (uncorrected.Contains(code)) throw new MalformedMediaException($"An MP4 file with a '{code}' box is not signed here: its offsets are not known how to correct.");
            if (code is not ("stco" or "co64")) continue;
            int start = Moved(box.Start, moves), width = code == "stco" ? 4 : 8;
            Span<byte> table = output.Slice(start + box.HeaderLength, box.Length - box.HeaderLength);
            long count = table.Length < 8 ? -1 : BinaryPrimitives.ReadUInt32BigEndian(table[4..]);
            if (count < 0 || count * width > table.Length - 8) throw new MalformedMediaException($"The table of chunk offsets at byte {box.Start} does not fit into its box.");
            for (int i = 0; i < count; i++)
            {
                Span<byte> entry = table.Slice(8 + i * width, width);
                ulong old = width == 4 ? BinaryPrimitives.ReadUInt32BigEndian(entry) : BinaryPrimitives.ReadUInt64BigEndian(entry);
                if (old > int.MaxValue) throw new MalformedMediaException("A chunk of the film lies outside the file.");
                int moved = Moved((int)old, moves);
                if (width == 4) BinaryPrimitives.WriteInt32BigEndian(entry, moved);
                else BinaryPrimitives.WriteInt64BigEndian(entry, moved);
            }
        }
    }

    private static int Moved(int offset, IReadOnlyList<(int From, int To, int Length)> moves)
    {
        foreach ((int from, int to, int length) in moves)
            if (offset >= from && offset < from + length) return offset - from + to;
        throw new MalformedMediaException("A chunk of the film lies outside the file, or in what is taken away.");
    }
}
