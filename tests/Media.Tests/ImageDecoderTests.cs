namespace Vitrine.Media.Tests;

public sealed class ImageDecoderTests
{
    [Fact]
    public void Transparency_is_kept_straight_and_laid_over_white_for_rgb()
    {
        byte[] row = [0, 255, 0, 0, 0, 0, 255, 0, 128];
        var png = Pictures.Png(Pictures.Header(2, 1, colour: 6), ("IDAT", Pictures.Deflated(row)), ("IEND", []));
        var image = Decoded(png);
        Assert.True(image.HasAlpha);
        Assert.Equal(row[5..], image.Rgba[4..]);
        Assert.Equal([255, 255, 255, 127, 255, 127], image.ToRgb());
    }

    [Fact]
    public void Compressed_text_and_profiles_that_unpack_to_giants_are_dropped_unread()
    {
        var chunks = Pictures.Chunks(Pictures.Encoded(ImageFormat.Png));
        var bomb = Pictures.Deflated(new byte[64 << 20]);
        var png = Pictures.Png(
        [
            chunks[0], ("iCCP", [.. "p\0\0"u8, .. bomb]), ("zTXt", [.. "t\0\0"u8, .. bomb]), ("iTXt", [.. "t\0\u0001\0\0\0"u8, .. bomb]), .. chunks[1..],
        ]);
        Assert.Equal(Pictures.Rgb(24, 16), Decoded(png).ToRgb());
    }

    [Fact]
    public void Pixels_that_unpack_to_a_giant_or_to_too_few_do_not_grow()
    {
        var bomb = Pictures.Png(Pictures.Header(4, 4), ("IDAT", Pictures.Deflated(new byte[64 << 20])), ("IEND", []));
        if (ImageDecoder.Decode(bomb) is DecodeResult.Decoded { Image: var image })
            Assert.Equal(4 * 4 * 4, image.Rgba.Length);
        var few = Pictures.Png(Pictures.Header(64, 64), ("IDAT", Pictures.Deflated(new byte[100])), ("IEND", []));
        Assert.IsType<DecodeResult.Refused>(ImageDecoder.Decode(few));
        var noise = Pictures.Png(Pictures.Header(64, 64), ("IDAT", [1, 2, 3, 4, 5]), ("IEND", []));
        Assert.IsType<DecodeResult.Refused>(ImageDecoder.Decode(noise));
    }

    [Theory]
    [InlineData(0, 24, 16)]
    [InlineData(1, 24, 16)]
    [InlineData(3, 24, 16)]
    [InlineData(6, 16, 24)]
    [InlineData(8, 16, 24)]
    [InlineData(9, 24, 16)]
    public void A_picture_stands_as_its_camera_was_held(byte orientation, int width, int height)
    {
        var jpeg = Pictures.Encoded(ImageFormat.Jpeg);
        byte[] exif = [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        var image = Decoded([.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]]);
        Assert.Equal((width, height), (image.Width, image.Height));
    }

    [Fact]
    public void Turning_moves_every_pixel_to_its_place()
    {
        // a b c      Each letter is the pixel's red; the turned rows are written out.
        // d e f
        var image = new DecodedImage(3, 2, [.. "abcdef"u8.ToArray().SelectMany(c => new byte[] { c, 0, 0, 255 })], HasAlpha: false);
        var expected = new Dictionary<int, string>
        {
            [1] = "abcdef", [2] = "cbafed", [3] = "fedcba", [4] = "defabc", [5] = "adbecf", [6] = "daebfc", [7] = "fcebda", [8] = "cfbead",
        };
        foreach (var (orientation, letters) in expected)
            Assert.Equal(letters, string.Concat(Orientation.Upright(image, orientation).Rgba.Chunk(4).Select(pixel => (char)pixel[0])));
    }

    private static DecodedImage Decoded(byte[] file) => Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(file)).Image;
}
