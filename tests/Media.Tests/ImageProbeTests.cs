namespace Vitrine.Media.Tests;

/// <summary>Hostile pictures (rows 45 to 54 of the bad inputs).</summary>
public sealed class ImageProbeTests
{
    [Theory]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Webp)]
    public void An_honest_picture_is_described(ImageFormat format)
    {
        var file = Pictures.Encoded(format);
        Assert.Equal(new ImageInfo(format, 24, 16, HasAlpha: false, file.Length), ImageProbe.Read(file));
    }

    public static TheoryData<ProbeProblem, byte[]> Refused
    {
        get
        {
            var png = Pictures.Encoded(ImageFormat.Png);
            var jpeg = Pictures.Encoded(ImageFormat.Jpeg);
            var webp = Pictures.Encoded(ImageFormat.Webp);
            var noise = new byte[1 << 20];
            new Random(45).NextBytes(noise);
            return new()
            {
                { ProbeProblem.UnsupportedFormat, [] },
                { ProbeProblem.UnsupportedFormat, [0x89] },
                { ProbeProblem.UnsupportedFormat, noise },
                { ProbeProblem.UnsupportedFormat, "<html><body>x.png</body></html>"u8.ToArray() },
                { ProbeProblem.UnsupportedFormat, "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"u8.ToArray() },
                { ProbeProblem.UnsupportedFormat, [.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0] },
                { ProbeProblem.UnsupportedFormat, [.. "%PDF-1.7\n"u8, .. jpeg] },
                { ProbeProblem.AppendedBytes, [.. png, .. "PK\u0003\u0004"u8] },
                { ProbeProblem.AppendedBytes, [.. jpeg, .. "%PDF-1.7"u8] },
                { ProbeProblem.AppendedBytes, [.. webp, .. "<script>"u8] },
                { ProbeProblem.TooLarge, Pictures.Png(Pictures.Header(int.MaxValue, int.MaxValue)) },
                { ProbeProblem.TooLarge, Pictures.Png(Pictures.Header(uint.MaxValue, 1)) },
                { ProbeProblem.TooLarge, Pictures.Png(Pictures.Header(20_000, 20_000, depth: 1, colour: 0), ("IDAT", Pictures.Deflated(new byte[1000])), ("IEND", [])) },
                { ProbeProblem.TooLarge, Pictures.Png(Pictures.Header(0, 1), ("IEND", [])) },
                { ProbeProblem.TooLarge, WithJpegFrame(jpeg, frame => { frame[3] = frame[5] = 0xFF; frame[4] = frame[6] = 0xDC; }) },
                { ProbeProblem.UncommonEncoding, WithJpegFrame(jpeg, frame => frame[2] = 12) },
                { ProbeProblem.UncommonEncoding, WithJpegFrame(jpeg, _ => { }, marker: 0xC9) },
                { ProbeProblem.UncommonEncoding, ManyScans(jpeg) },
                { ProbeProblem.Damaged, jpeg[..^2] },
                { ProbeProblem.Damaged, [0xFF, 0xD8, 0xFF, 0xD9] },
                { ProbeProblem.Damaged, [0xFF, 0xD8, 0xFF, 0xE0, 0, 1] },
                { ProbeProblem.Damaged, [0xFF, 0xD8, .. Enumerable.Repeat((byte)0xFF, 1000)] },
                { ProbeProblem.Damaged, png[..40] },
                { ProbeProblem.Damaged, png[..^12] },
                { ProbeProblem.Damaged, Pictures.Png(Pictures.Header(4, 4), ("IEND", [])) },
                { ProbeProblem.Damaged, Pictures.Png(Pictures.Header(4, 4, depth: 3), ("IDAT", []), ("IEND", [])) },
                { ProbeProblem.Damaged, Pictures.Png(Pictures.Header(4, 4, colour: 3), ("IDAT", []), ("IEND", [])) },
                { ProbeProblem.Damaged, Pictures.Png(Pictures.Header(4, 4), ("XXXX", []), ("IDAT", []), ("IEND", [])) },
                { ProbeProblem.Damaged, [.. png[..29], (byte)(png[29] ^ 1), .. png[30..]] },
                { ProbeProblem.Animated, Pictures.Png(Pictures.Header(4, 4), ("acTL", new byte[8]), ("IDAT", []), ("IEND", [])) },
                { ProbeProblem.Animated, Pictures.Webp(("VP8X", [2, 0, 0, 0, 9, 0, 0, 9, 0, 0])) },
                { ProbeProblem.Animated, Pictures.Webp(("ANMF", new byte[40])) },
                { ProbeProblem.TooLarge, Pictures.Webp(("VP8X", [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])) },
                { ProbeProblem.TooLarge, Pictures.Webp(("VP8 ", [0, 0, 0, 0x9D, 1, 0x2A, 0, 0, 0, 0])) },
                { ProbeProblem.Damaged, Pictures.Webp(("VP8X", [0, 0, 0, 0, 9, 0, 0, 9, 0, 0]), ("VP8L", [0x2F, 4, 0, 0, 0])) },
                { ProbeProblem.Damaged, Pictures.Webp(("VP8L", [0x2F, 0])) },
                { ProbeProblem.Damaged, webp[..^20] },
                { ProbeProblem.Damaged, [.. "RIFF"u8, 0xFF, 0xFF, 0xFF, 0xFF, .. "WEBP"u8] },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_hostile_picture_is_refused_with_a_sentence(ProbeProblem problem, byte[] file)
    {
        var refusal = Assert.IsType<ProbeRefusal>(ImageProbe.Read(file));
        Assert.Equal(problem, refusal.Problem);
        Assert.EndsWith(".", refusal.Sentence, StringComparison.Ordinal);
        Assert.Equal(refusal, Assert.IsType<DecodeResult.Refused>(ImageDecoder.Decode(file)).Refusal);
    }

    [Theory]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Webp)]
    public void Every_cut_of_a_picture_is_refused(ImageFormat format)
    {
        var file = Pictures.Encoded(format);
        for (var length = 0; length < file.Length; length++)
            Assert.IsType<ProbeRefusal>(ImageProbe.Read(file.AsSpan(0, length)));
    }

    [Fact]
    public void A_file_beyond_the_bound_is_not_looked_at()
    {
        Assert.Equal(ProbeProblem.TooLarge, Assert.IsType<ProbeRefusal>(ImageProbe.Read(new byte[ImageLimits.MostBytes + 1])).Problem);
    }

    [Fact]
    public void Cameras_may_pad_a_jpeg_and_append_another()
    {
        var jpeg = Pictures.Encoded(ImageFormat.Jpeg);
        foreach (var tail in new byte[][] { new byte[100], jpeg, [0, 0, .. jpeg] })
            Assert.Equal(jpeg.Length, Assert.IsType<ImageInfo>(ImageProbe.Read([.. jpeg, .. tail])).EncodedLength);
    }

    [Fact]
    public void No_mutation_makes_the_probe_throw_or_let_a_giant_through()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var originals = new[] { Pictures.Encoded(ImageFormat.Png), Pictures.Encoded(ImageFormat.Jpeg), Pictures.Encoded(ImageFormat.Webp), Pictures.Encoded(ImageFormat.Webp, quality: 100) };
        for (var round = 0; round < 40_000; round++)
        {
            var file = Mutated(originals[random.Next(originals.Length)], random);
            try
            {
                if (ImageProbe.Read(file) is ImageInfo info)
                    Assert.True(info.Width is > 0 and <= 4096 && info.Height is > 0 and <= 4096 && info.EncodedLength <= file.Length);
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {seed}, round {round}: {Convert.ToBase64String(file)}: {failure}");
            }
        }
    }

    [Fact]
    public void No_mutation_makes_the_decoder_throw()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var originals = new[] { Pictures.Encoded(ImageFormat.Png), Pictures.Encoded(ImageFormat.Jpeg), Pictures.Encoded(ImageFormat.Webp), Pictures.Encoded(ImageFormat.Webp, quality: 100) };
        for (var round = 0; round < 2_000; round++)
        {
            var file = Mutated(originals[random.Next(originals.Length)], random);
            try
            {
                // Mutated sizes within the limits are honest work but slow; the probe's own test covers them.
                if (ImageProbe.Read(file) is ImageInfo { Width: <= 256, Height: <= 256 })
                    ImageDecoder.Decode(file);
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {seed}, round {round}: {Convert.ToBase64String(file)}: {failure}");
            }
        }
    }

    private static byte[] Mutated(byte[] original, Random random)
    {
        var file = original.ToList();
        for (var edits = random.Next(1, 6); edits > 0 && file.Count > 0; edits--)
        {
            var at = random.Next(Math.Min(file.Count, random.Next(2) == 0 ? 64 : file.Count));
            switch (random.Next(5))
            {
                case 0: file[at] = (byte)random.Next(256); break;
                case 1: file[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: file.RemoveRange(at, Math.Min(file.Count - at, random.Next(1, 9))); break;
                case 3: file.InsertRange(at, Enumerable.Repeat((byte)(random.Next(2) * 255), random.Next(1, 9))); break;
                default: file[at] = new byte[] { 0, 0x7F, 0x80, 0xFF }[random.Next(4)]; break;
            }
        }
        return [.. file];
    }

    /// <summary>Changes the frame header; index 0 is the first byte of its length.</summary>
    private static byte[] WithJpegFrame(byte[] jpeg, Action<byte[]> change, byte marker = 0)
    {
        var at = jpeg.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 });
        var frame = jpeg[(at + 2)..];
        change(frame);
        return [.. jpeg[..at], 0xFF, marker == 0 ? (byte)0xC0 : marker, .. frame];
    }

    private static byte[] ManyScans(byte[] jpeg)
    {
        var at = jpeg.AsSpan().IndexOf(new byte[] { 0xFF, 0xDA });
        var scan = jpeg[at..^2];
        return [.. jpeg[..at], .. Enumerable.Repeat(scan, 1000).SelectMany(bytes => bytes), 0xFF, 0xD9];
    }
}
