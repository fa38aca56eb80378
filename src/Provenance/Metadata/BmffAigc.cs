using System.Buffers.Binary;
using System.Text;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Metadata;

/// <summary>
/// The AIGC label in MP4: an item with the key <c>AIGC</c> in <c>moov/udta/meta</c>, with the handler <c>mdta</c> (QuickTime File Format, metadata; what <c>ffmpeg -movflags use_metadata_tags</c> writes). A
/// <c>meta</c> that stood there, such as the encoder's name, gives way to it: there can be one.
/// </summary>
internal static class BmffAigc
{
    private const int Utf8Text = 1;

    /// <exception cref="MalformedMediaException">The film has no moov box, or tables whose offsets cannot be corrected.</exception>
    public static byte[] Replace(BmffCarrier film, string json)
    {
        ReadOnlySpan<byte> file = film.File.Span;
        using var output = new MemoryStream(film.File.Length + 512);
        var moves = new List<(int From, int To, int Length)>();
        bool labelled = false;
        foreach (BmffBox box in film.Boxes.Where(box => box.IsTopLevel))
        {
            if (box.Path is not "/moov" || labelled)
            {
                Keep(box, file);
                continue;
            }
            long start = output.Position;
            output.Write(new byte[8]);
            BmffBox? userData = null;
            foreach (BmffBox child in film.Boxes.Where(child => IsWithin(child, box, "/moov/")))
            {
                if (child.Code is "udta" && userData is null) userData = child;
                else Keep(child, file);
            }
            output.Write(Box("udta", [.. userData is { } old ? Rest(film, old) : [], .. Meta(json)]));
            labelled = true;
            int end = (int)output.Position;
            output.Position = start;
            output.Write(Header("moov", end - (int)start));
            output.Position = end;
        }
        if (!labelled) throw new MalformedMediaException("The MP4 file has no moov box.");
        byte[] result = output.ToArray();
        BmffOffsets.Move(result, film.Boxes, moves);
        return result;

        void Keep(BmffBox box, ReadOnlySpan<byte> bytes)
        {
            moves.Add((box.Start, (int)output.Position, box.Length));
            output.Write(bytes.Slice(box.Start, box.Length));
        }
    }

    /// <summary>What else the user data hold.</summary>
    private static byte[] Rest(BmffCarrier film, BmffBox userData) =>
        [.. film.Boxes.Where(child => IsWithin(child, userData, "/moov/udta/") && child.Code is not "meta").SelectMany(child => film.File.Slice(child.Start, child.Length).ToArray())];

    private static bool IsWithin(BmffBox child, BmffBox parent, string path) =>
        child.Start >= parent.ContentStart && child.End <= parent.End && child.Path.StartsWith(path, StringComparison.Ordinal) && child.Path.LastIndexOf('/') == path.Length - 1;

    private static byte[] Meta(string json)
    {
        byte[] handler = Box("hdlr", [.. new byte[8], .. "mdta"u8, .. new byte[13]]);
        byte[] keys = Box("keys", [.. new byte[4], 0, 0, 0, 1, .. Box("mdta", "AIGC"u8.ToArray())]);
        // An item is named by the number of its key, from one; its data have a type and a locale.
        byte[] items = Box("ilst", Box("\0\0\0\u0001", Box("data", [0, 0, 0, Utf8Text, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(json)])));
        return Box("meta", [.. new byte[4], .. handler, .. keys, .. items]);
    }

    private static byte[] Box(string code, byte[] content) => [.. Header(code, 8 + content.Length), .. content];

    private static byte[] Header(string code, int length)
    {
        byte[] header = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(header, length);
        Encoding.Latin1.GetBytes(code, header.AsSpan(4));
        return header;
    }
}
