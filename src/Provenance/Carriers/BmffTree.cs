using System.Buffers.Binary;
using System.Text;
using Vitrine.Provenance.C2pa.Validation;

namespace Vitrine.Provenance.Carriers;

/// <summary>Reads the boxes of an ISO base media file: all of the top level, and those inside containers whose structure is known.</summary>
internal static class BmffTree
{
    private const int MostDepth = 12;

    private static readonly string[] containers = ["moov", "trak", "mdia", "minf", "stbl", "dinf", "edts", "mvex", "moof", "traf", "mfra", "udta", "iprp", "ipco"];

    /// <summary>Answers every box with those inside it right behind it, or null and a sentence.</summary>
    public static List<BmffBox>? TryRead(ReadOnlySpan<byte> file, out string problem)
    {
        var boxes = new List<BmffBox>();
        problem = "";
        return Read(file, 0, file.Length, "", 0, boxes, ref problem) ? boxes : null;
    }

    private static bool Read(ReadOnlySpan<byte> file, int from, int to, string path, int depth, List<BmffBox> boxes, ref string problem)
    {
        int at = from;
        while (at < to)
        {
            if (boxes.Count >= ValidationLimits.FileBoxes || depth > MostDepth)
            {
                problem = "The MP4 file has too many boxes, or they are nested too deeply.";
                return false;
            }
            int room = to - at, header = 8;
            ulong length = room < 8 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length == 1 && room >= 16) (header, length) = (16, BinaryPrimitives.ReadUInt64BigEndian(file[(at + 8)..]));
            // Zero means: to the end of the file. It is lawful at the top level only.
            else if (length == 0 && room >= 8 && depth == 0) length = (ulong)room;
            if (length < (ulong)header || length > (ulong)room)
            {
                problem = $"The MP4 box at byte {at} does not fit into what holds it.";
                return false;
            }
            string code = Encoding.Latin1.GetString(file.Slice(at + 4, 4));
            var box = new BmffBox($"{path}/{code}", at, header, (int)length);
            boxes.Add(box);
            // "meta" is a full box in these files: four bytes of version and flags come first.
            int skip = code == "meta" ? 4 : 0;
            if ((containers.Contains(code) || code == "meta") && box.Length >= header + skip
                && !Read(file, box.ContentStart + skip, box.End, box.Path, depth + 1, boxes, ref problem)) return false;
            at = box.End;
        }
        return true;
    }
}
