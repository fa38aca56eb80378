using System.Buffers.Binary;

namespace Vitrine.Provenance.Carriers;

/// <summary>
/// JPEG: the store is a contiguous run of APP11 segments after SOI and the APP0s (C2PA 2.2, A.3.1; ISO/IEC 19566-5, annex D).
/// Every segment repeats the LBox and TBox of the store.
/// </summary>
internal sealed class JpegCarrier : Carrier
{
    /// <summary>Marker, Lp, 'JP', En, Z, LBox, TBox.</summary>
    private const int SegmentOverhead = 2 + 2 + 2 + 2 + 4 + 8;

    /// <summary>Lp is 16 bits wide and counts itself but not the marker.</summary>
    private const int MaxPart = ushort.MaxValue - (SegmentOverhead - 2);

    private const ushort BoxInstance = 0x0211;

    private JpegCarrier(ReadOnlyMemory<byte> file) : base(file) { }

    public static ReadOnlySpan<byte> XmpHeader => "http://ns.adobe.com/xap/1.0/\0"u8;

    /// <summary>Offset of the byte after SOI and the APP0s, where metadata and stores go.</summary>
    public int AfterHeader => InsertAt;

    /// <summary>Where APP1 segments with an XMP packet lie.</summary>
    public List<(int Start, int Length)> XmpSegments { get; } = [];

    public override IEnumerable<(int Start, int Length)> XmpRanges => XmpSegments;

    private readonly List<(byte Marker, int Start, int Length)> segments = [];

    public override IEnumerable<(string Name, int Start, int Length)> NamedParts
    {
        get
        {
            yield return ("SOI", 0, 2);
            int next = 0;
            foreach ((byte marker, int start, int length) in segments)
            {
                // Stores are in the order of the file, as segments are.
                while (next < Stores.Count && Stores[next].Start + Stores[next].FrameLength <= start) next++;
                StoreFrame? store = next < Stores.Count && Stores[next].Start <= start ? Stores[next] : null;
                if (store is null) yield return (NameOf(marker), start, length);
                else if (store.Start == start) yield return ("C2PA", start, store.FrameLength);
            }
        }
    }

    private static string NameOf(byte marker) => marker switch
    {
        >= 0xE0 and <= 0xEF => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"APP{marker - 0xE0}"),
        >= 0xF0 and <= 0xFD => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"JPG{marker - 0xF0}"),
        0xC4 => "DHT",
        0xC8 => "JPG",
        0xCC => "DAC",
        >= 0xC0 and <= 0xCF => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"SOF{marker - 0xC0}"),
        >= 0xD0 and <= 0xD7 => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"RST{marker - 0xD0}"),
        0xD9 => "EOI",
        0xDA => "SOS",
        0xDB => "DQT",
        0xDC => "DNL",
        0xDD => "DRI",
        0xDE => "DHP",
        0xDF => "EXP",
        0xFE => "COM",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{marker:X2}"),
    };

    public override int ExclusionLength(int storeLength) =>
        storeLength == 0 ? 0 : storeLength - 8 + Segments(storeLength) * SegmentOverhead;

    private static int Segments(int storeLength) => (storeLength - 8 + MaxPart - 1) / MaxPart;

    public override void WriteFrame(Span<byte> destination, ReadOnlySpan<byte> store)
    {
        ReadOnlySpan<byte> header = store[..8];
        ReadOnlySpan<byte> rest = store[8..];
        for (uint sequence = 1; !rest.IsEmpty; sequence++)
        {
            int part = Math.Min(MaxPart, rest.Length);
            destination[0] = 0xFF;
            destination[1] = 0xEB;
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)(SegmentOverhead - 2 + part));
            "JP"u8.CopyTo(destination[4..]);
            BinaryPrimitives.WriteUInt16BigEndian(destination[6..], BoxInstance);
            BinaryPrimitives.WriteUInt32BigEndian(destination[8..], sequence);
            header.CopyTo(destination[12..]);
            rest[..part].CopyTo(destination[SegmentOverhead..]);
            destination = destination[(SegmentOverhead + part)..];
            rest = rest[part..];
        }
    }

    public static Carrier? TryRead(ReadOnlyMemory<byte> file, out string problem)
    {
        var carrier = new JpegCarrier(file);
        ReadOnlySpan<byte> bytes = file.Span;
        var runs = new List<Run>();
        problem = "";
        bool inHeader = true;
        int at = 2;
        while (true)
        {
            if (bytes.Length - at < 2 || bytes[at] != 0xFF)
            {
                problem = bytes.Length - at < 2 ? "The JPEG file ends before its EOI marker." : $"There is no JPEG marker at byte {at}.";
                return null;
            }
            byte marker = bytes[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            if (inHeader && marker != 0xE0)
            {
                carrier.InsertAt = at;
                inHeader = false;
            }
            if (marker == 0xD9)
            {
                carrier.segments.Add((marker, at, 2));
                break;
            }
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                at += 2;
                continue;
            }
            int length = bytes.Length - at < 4 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length < 2 || bytes.Length - at - 2 < length)
            {
                problem = $"The JPEG segment at byte {at} does not fit into the file.";
                return null;
            }
            ReadOnlySpan<byte> content = bytes.Slice(at + 4, length - 2);
            if (marker == 0xEB) NoteBoxSegment(runs, at, content);
            else if (marker == 0xE1 && content.StartsWith(XmpHeader)) carrier.XmpSegments.Add((at, length + 2));
            int start = at;
            at += length + 2;
            if (marker == 0xDA) at = SkipEntropyCodedData(bytes, at);
            carrier.segments.Add((marker, start, at - start));
        }
        foreach (Run run in runs) carrier.Stores.Add(run.ToFrame(file));
        return carrier;
    }

    private static void NoteBoxSegment(List<Run> runs, int at, ReadOnlySpan<byte> content)
    {
        if (content.Length < 16) return;
        ushort instance = BinaryPrimitives.ReadUInt16BigEndian(content[2..]);
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        Run? run = runs.Count == 0 ? null : runs[^1];
        if (run is not null && run.Instance == instance && run.Parts.Count + 1 == sequence && run.End == at)
            run.Parts.Add((at, content.Length));
        // The type of the store follows the headers of the superbox and of its description box. It decides alone, as other readers do it, so that
        // a damaged store is seen and replaced here and not trusted there.
        else if (content.Length >= 28 && content.Slice(24, 4).SequenceEqual("c2pa"u8))
            runs.Add(new Run(instance, sequence, at, content.Length));
    }

    /// <summary>Answers the offset of the next marker that is neither a stuffed zero nor a restart, or the end of the file.</summary>
    private static int SkipEntropyCodedData(ReadOnlySpan<byte> bytes, int at)
    {
        while (true)
        {
            int found = bytes[at..].IndexOf((byte)0xFF);
            if (found < 0 || at + found + 1 >= bytes.Length) return bytes.Length;
            at += found;
            if (bytes[at + 1] is not (0x00 or (>= 0xD0 and <= 0xD7))) return at;
            at += 2;
        }
    }

    private sealed class Run(ushort instance, uint firstSequence, int start, int contentLength)
    {
        public ushort Instance { get; } = instance;

        /// <summary>Offset of each segment and length of its content after Lp.</summary>
        public List<(int At, int ContentLength)> Parts { get; } = [(start, contentLength)];

        public int End => Parts[^1].At + 4 + Parts[^1].ContentLength;

        public StoreFrame ToFrame(ReadOnlyMemory<byte> file)
        {
            int start = Parts[0].At, length = End - start;
            ReadOnlyMemory<byte> header = file.Slice(start + 12, 8);
            string? damage = firstSequence == 1 ? null : "The first APP11 segment of the store is not number one.";
            if (Parts.Exists(p => !file.Span.Slice(p.At + 4, 2).SequenceEqual("JP"u8)))
                damage = "An APP11 segment of the store is not marked as holding a JPEG box.";
            if (Parts.Count == 1) return new(start, length, length, file.Slice(start + 12, length - 12), damage);
            byte[] store = GC.AllocateUninitializedArray<byte>(8 + Parts.Sum(p => p.ContentLength - 16));
            header.CopyTo(store);
            int written = 8;
            foreach ((int at, int content) in Parts)
            {
                if (!file.Span.Slice(at + 12, 8).SequenceEqual(header.Span))
                    damage = "An APP11 segment of the store repeats another box header than the first one.";
                file.Span.Slice(at + SegmentOverhead, content - 16).CopyTo(store.AsSpan(written));
                written += content - 16;
            }
            return new(start, length, length, store, damage);
        }
    }
}
