using System.Buffers.Binary;
using System.Text;

namespace Vitrine.Media.Tests;

/// <summary>Made by hand, box by box, as a hostile sender would.</summary>
public sealed class Mp4ProbeTests
{
    private static readonly byte[] Start = Box("ftyp", "isom"u8.ToArray(), new byte[4]);
    private static readonly byte[] Samples = Box("mdat", new byte[20]);

    [Fact]
    public void Size_frames_rate_and_duration_are_read_from_the_boxes()
    {
        var clip = (byte[])[.. Start, .. Description(), .. Samples];
        Assert.Equal(new VideoInfo(640, 360, 48, 24, TimeSpan.FromSeconds(2), StartsAtOnce: true), Mp4Probe.Read(clip));
    }

    [Fact]
    public void A_description_behind_the_pictures_is_seen()
    {
        Assert.False(Assert.IsType<VideoInfo>(Mp4Probe.Read([.. Start, .. Samples, .. Description()])).StartsAtOnce);
        Assert.False(Assert.IsType<VideoInfo>(Mp4Probe.Read([.. Start, .. Samples, .. Description(), .. Samples])).StartsAtOnce);
    }

    [Fact]
    public void Sizes_of_64_bits_and_a_last_box_without_one_are_read()
    {
        var huge = (byte[])[0, 0, 0, 1, .. "mdat"u8, 0, 0, 0, 0, 0, 0, 0, 20, 1, 2, 3, 4];
        var open = (byte[])[0, 0, 0, 0, .. "mdat"u8, 1, 2, 3];
        Assert.IsType<VideoInfo>(Mp4Probe.Read([.. Start, .. Description(), .. huge]));
        Assert.IsType<VideoInfo>(Mp4Probe.Read([.. Start, .. Description(), .. open]));
    }

    public static TheoryData<string, byte[], ProbeProblem> Refused => new()
    {
        { "nothing", [], ProbeProblem.UnsupportedFormat },
        { "a PNG", APng(), ProbeProblem.UnsupportedFormat },
        { "no description", [.. Start, .. Samples], ProbeProblem.Damaged },
        { "no pictures", [.. Start, .. Description()], ProbeProblem.Damaged },
        { "two descriptions", [.. Start, .. Description(), .. Description(), .. Samples], ProbeProblem.Damaged },
        { "bytes behind the end", [.. Start, .. Description(), .. Samples, 1, 2, 3], ProbeProblem.Damaged },
        { "a box larger than the file", [.. Start, .. Description(), 0x7F, 0xFF, 0xFF, 0xFF, .. "mdat"u8], ProbeProblem.Damaged },
        { "a box larger than any file", [.. Start, .. Description(), 0, 0, 0, 1, .. "mdat"u8, 255, 255, 255, 255, 255, 255, 255, 255], ProbeProblem.Damaged },
        { "a box smaller than its header", [.. Start, .. Description(), 0, 0, 0, 7, .. "mdat"u8, .. new byte[20]], ProbeProblem.Damaged },
        { "a 64-bit size smaller than its header", [.. Start, .. Description(), 0, 0, 0, 1, .. "mdat"u8, 0, 0, 0, 0, 0, 0, 0, 9], ProbeProblem.Damaged },
        { "more boxes than anyone needs", [.. Start, .. Enumerable.Repeat(Box("free"), 2000).SelectMany(box => box), .. Description(), .. Samples], ProbeProblem.Damaged },
        { "two tracks", [.. Start, .. Box("moov", Track(), Track()), .. Samples], ProbeProblem.UnsupportedFormat },
        { "no track", [.. Start, .. Box("moov"), .. Samples], ProbeProblem.UnsupportedFormat },
        { "a track of sound", [.. Start, .. Description(handler: "soun"), .. Samples], ProbeProblem.UnsupportedFormat },
        { "another codec", [.. Start, .. Description(codec: "hvc1"), .. Samples], ProbeProblem.UnsupportedFormat },
        { "a clock that stands still", [.. Start, .. Description(scale: 0), .. Samples], ProbeProblem.Damaged },
        { "no frames", [.. Start, .. Description(frames: 0), .. Samples], ProbeProblem.Damaged },
        { "frames that take no time", [.. Start, .. Description(ticks: 0), .. Samples], ProbeProblem.Damaged },
        { "no width", [.. Start, .. Description(width: 0), .. Samples], ProbeProblem.TooLarge },
        { "a giant", [.. Start, .. Description(width: 65535), .. Samples], ProbeProblem.TooLarge },
        { "frames for a year", [.. Start, .. Description(frames: uint.MaxValue, ticks: uint.MaxValue), .. Samples], ProbeProblem.TooLarge },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_clip_of_ours_is_refused_with_the_reason(string what, byte[] file, ProbeProblem problem) =>
        Assert.True(Mp4Probe.Read(file) is ProbeRefusal refusal && refusal.Problem == problem, $"{what}: {Mp4Probe.Read(file)}");

    [Fact]
    public void Every_cut_and_many_flipped_bits_are_survived_within_the_limits()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var whole = (byte[])[.. Start, .. Description(), .. Samples];
        for (var length = 0; length < whole.Length; length++)
            Assert.IsType<ProbeRefusal>(Mp4Probe.Read(whole.AsSpan(0, length)));
        for (var trial = 0; trial < 20_000; trial++)
        {
            var bytes = (byte[])whole.Clone();
            for (var flip = random.Next(1, 4); flip > 0; flip--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (Mp4Probe.Read(bytes) is VideoInfo info)
                Assert.True(info.Width is > 0 and <= VideoLimits.LongestSide && info.Height is > 0 and <= VideoLimits.LongestSide
                    && info.Frames is > 0 and <= VideoLimits.MostFrames && info.FrameRate > 0 && info.Duration >= TimeSpan.Zero, $"seed {Seed}, trial {trial}: {info}");
        }
    }

    private static byte[] Description(uint width = 640, uint height = 360, uint frames = 48, uint scale = 12288, uint ticks = 512, string handler = "vide", string codec = "avc1") =>
        Box("moov", Box("mvhd", new byte[100]), Track(width, height, frames, scale, ticks, handler, codec));

    private static byte[] Track(uint width = 640, uint height = 360, uint frames = 48, uint scale = 12288, uint ticks = 512, string handler = "vide", string codec = "avc1") =>
        Box("trak", Box("tkhd", new byte[76], Number(width << 16), Number(height << 16)),
            Box("mdia", Box("mdhd", new byte[12], Number(scale), new byte[8]), Box("hdlr", new byte[8], Encoding.ASCII.GetBytes(handler), new byte[13]),
                Box("minf", Box("stbl", Box("stsd", new byte[4], Number(1), Box(codec, new byte[78])), Box("stts", new byte[4], Number(1), Number(frames), Number(ticks))))));

    private static byte[] Box(string type, params byte[][] content) =>
        [.. Number((uint)(8 + content.Sum(part => part.Length))), .. Encoding.ASCII.GetBytes(type), .. content.SelectMany(part => part)];

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] APng() => Pictures.Encoded(ImageFormat.Png);
}
