using System.Buffers.Binary;

namespace Vitrine.Media;

/// <summary>JPEG, ITU-T T.81, annex B: markers with lengths, and between them entropy-coded bytes in which FF is followed by 00 or RSTn.</summary>
internal static class JpegProbe
{
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte StartOfImage = 0xD8;

    public static ProbeResult Read(ReadOnlySpan<byte> file)
    {
        var at = 2;
        var scans = 0;
        ImageInfo? frame = null;
        while (TryNextMarker(file, ref at, out var marker))
        {
            if (marker == EndOfImage)
                return frame is null || scans == 0 ? ProbeRefusal.Damaged("JPEG")
                    : HoldsSomethingElse(file[at..]) ? ProbeRefusal.Appended("JPEG")
                    : frame with { EncodedLength = at };
            if (marker is StartOfImage or 0x00 or 0x01 or (>= 0xD0 and <= 0xD7) || at + 2 > file.Length)
                return ProbeRefusal.Damaged("JPEG");
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
            if (length < 2 || at + length > file.Length)
                return ProbeRefusal.Damaged("JPEG");
            var segment = file.Slice(at + 2, length - 2);
            at += length;

            if (IsFrame(marker))
            {
                if (frame is not null)
                    return ProbeRefusal.Damaged("JPEG");
                var found = ReadFrame(marker, segment);
                if (found is not ImageInfo info)
                    return found;
                frame = info;
            }
            else if (marker == StartOfScan)
            {
                if (frame is null)
                    return ProbeRefusal.Damaged("JPEG");
                if (++scans > ImageLimits.MostScans)
                    return ProbeRefusal.Uncommon($"more than {ImageLimits.MostScans} scans");
                SkipEntropyCoded(file, ref at);
            }
        }
        return ProbeRefusal.Damaged("JPEG");
    }

    private static bool TryNextMarker(ReadOnlySpan<byte> file, ref int at, out byte marker)
    {
        marker = 0;
        if (at >= file.Length || file[at] != 0xFF)
            return false;
        while (at < file.Length && file[at] == 0xFF) // Any number of fill bytes may stand before a marker.
            at++;
        if (at >= file.Length)
            return false;
        marker = file[at++];
        return true;
    }

    private static void SkipEntropyCoded(ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length)
        {
            var next = file[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= file.Length)
            {
                at = file.Length;
                return;
            }
            at += next;
            if (file[at + 1] is not (0x00 or (>= 0xD0 and <= 0xD7)))
                return;
            at += 2;
        }
    }

    // SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC).
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static ProbeResult ReadFrame(byte marker, ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6 || segment.Length != 6 + 3 * segment[5])
            return ProbeRefusal.Damaged("JPEG");
        uint height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (!ImageProbe.Fits(width, height))
            return ProbeRefusal.TooLarge;
        if (marker > 0xC2)
            return ProbeRefusal.Uncommon("lossless, hierarchical or arithmetic coding");
        if (segment[0] != 8)
            return ProbeRefusal.Uncommon($"{segment[0]} bits a sample");
        if (segment[5] is not (1 or 3))
            return ProbeRefusal.Uncommon($"{segment[5]} colour components");
        return new ImageInfo(ImageFormat.Jpeg, (int)width, (int)height, HasAlpha: false, EncodedLength: 0);
    }

    // Cameras pad with zeros or append further JPEGs (multi-picture format), which are not looked at. Anything else makes the file two
    // kinds of file at once.
    private static bool HoldsSomethingElse(ReadOnlySpan<byte> tail) =>
        tail.TrimStart((byte)0) is not ([] or [0xFF, 0xD8, 0xFF, ..]);
}
