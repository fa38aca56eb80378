using System.Buffers.Binary;

namespace Vitrine.Media;

/// <summary>
/// Looks at an MP4 (ISO/IEC 14496-12 and -14) with one track of H.264 and nothing else, as <see cref="Mp4Encoder"/> writes it. Nothing is decoded or copied, the
/// depth is fixed, and the number of boxes is bounded.
/// </summary>
public static class Mp4Probe
{
    /// <summary>A <see cref="VideoInfo"/> or a <see cref="ProbeRefusal"/>.</summary>
    public static ProbeResult Read(ReadOnlySpan<byte> file)
    {
        if (file.Length > VideoLimits.MostBytes)
            return ProbeRefusal.VideoTooLarge;
        if (file.Length < 12 || !file[4..8].SequenceEqual("ftyp"u8))
            return ProbeRefusal.UnsupportedVideo;

        var description = ReadOnlySpan<byte>.Empty;
        var (descriptions, first, pictures) = (0, false, false);
        var boxes = new Mp4Boxes(file);
        while (boxes.Next())
            if (boxes.Type.SequenceEqual("moov"u8))
            {
                description = boxes.Content;
                first = !pictures;
                descriptions++;
            }
            else if (boxes.Type.SequenceEqual("mdat"u8))
                pictures |= !boxes.Content.IsEmpty;
        if (boxes.IsDamaged || descriptions != 1 || !pictures)
            return ProbeRefusal.Damaged("MP4");
        // A fragmented file keeps its samples elsewhere (moof); we write none.
        if (!Mp4Boxes.TryOnly(description, "trak"u8, out var track))
            return ProbeRefusal.UnsupportedVideo;
        return Track(track, first) ?? ProbeRefusal.Damaged("MP4");
    }

    private static ProbeResult? Track(ReadOnlySpan<byte> track, bool first)
    {
        if (!Mp4Boxes.TryOnly(track, "tkhd"u8, out var header) || !Mp4Boxes.TryOnly(track, "mdia"u8, out var media)
            || !Mp4Boxes.TryOnly(media, "mdhd"u8, out var clock) || !Mp4Boxes.TryOnly(media, "hdlr"u8, out var handler) || !Mp4Boxes.TryOnly(media, "minf"u8, out var information)
            || !Mp4Boxes.TryOnly(information, "stbl"u8, out var table) || !Mp4Boxes.TryOnly(table, "stsd"u8, out var entries) || !Mp4Boxes.TryOnly(table, "stts"u8, out var times))
            return null;
        if (handler.Length < 12 || !handler[8..12].SequenceEqual("vide"u8) || entries.Length < 8 || !Mp4Boxes.TryOnly(entries[8..], "avc1"u8, out _))
            return ProbeRefusal.UnsupportedVideo;
        if (!TrySize(header, out var width, out var height) || !TryScale(clock, out var scale) || !TryTimes(times, out var frames, out var ticks))
            return null;
        if (width is 0 or > VideoLimits.LongestSide || height is 0 or > VideoLimits.LongestSide || frames > VideoLimits.MostFrames)
            return ProbeRefusal.VideoTooLarge;
        var seconds = ticks / (double)scale;
        return seconds > TimeSpan.MaxValue.TotalSeconds / 2 ? null
            : new VideoInfo((int)width, (int)height, (int)frames, frames / seconds, TimeSpan.FromSeconds(seconds), first);
    }

    // tkhd, clause 8.3.2: the last two numbers, in 16.16; version 1 has longer times before them.
    private static bool TrySize(ReadOnlySpan<byte> header, out uint width, out uint height)
    {
        (width, height) = (0, 0);
        if (header.Length != (header is [1, ..] ? 96 : 84) || header[0] > 1)
            return false;
        width = BinaryPrimitives.ReadUInt32BigEndian(header[^8..]) >> 16;
        height = BinaryPrimitives.ReadUInt32BigEndian(header[^4..]) >> 16;
        return true;
    }

    // mdhd, clause 8.4.2: ticks a second.
    private static bool TryScale(ReadOnlySpan<byte> clock, out uint scale)
    {
        var at = clock is [1, ..] ? 20 : 12;
        scale = clock.Length >= at + 8 && clock[0] <= 1 ? BinaryPrimitives.ReadUInt32BigEndian(clock[at..]) : 0;
        return scale > 0;
    }

    // stts, clause 8.6.1.2: runs of (samples, ticks each).
    private static bool TryTimes(ReadOnlySpan<byte> times, out ulong frames, out ulong ticks)
    {
        (frames, ticks) = (0, 0);
        if (times.Length < 8 || BinaryPrimitives.ReadUInt32BigEndian(times[4..]) != (ulong)(times.Length - 8) / 8 || times.Length % 8 != 0)
            return false;
        for (var run = times[8..]; !run.IsEmpty; run = run[8..])
        {
            var (count, each) = (BinaryPrimitives.ReadUInt32BigEndian(run), BinaryPrimitives.ReadUInt32BigEndian(run[4..]));
            frames += count;
            ticks += (ulong)count * each; // Beyond 2^64 it wraps and is a wrong number of no consequence: too many frames are refused.
        }
        return frames > 0 && ticks > 0;
    }
}
