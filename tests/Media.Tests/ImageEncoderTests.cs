using System.Text;

namespace Vitrine.Media.Tests;

public sealed class ImageEncoderTests
{
    [Theory]
    [InlineData(ImageFormat.Png, 80)]
    [InlineData(ImageFormat.Webp, 100)]
    public void A_lossless_file_gives_the_same_pixels_back(ImageFormat format, int quality)
    {
        foreach (var (width, height) in new[] { (1, 1), (64, 64), (3, 200), (257, 5) })
        {
            var rgb = Pictures.Rgb(width, height, seed: width);
            var decoded = Decoded(ImageEncoder.Encode(rgb, width, height, format, quality));
            Assert.Equal((width, height, false), (decoded.Width, decoded.Height, decoded.HasAlpha));
            Assert.Equal(rgb, decoded.ToRgb());
        }
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Webp)]
    public void A_lossy_file_gives_nearly_the_same_pixels_back(ImageFormat format)
    {
        var rgb = Pictures.Rgb(64, 48);
        var decoded = Decoded(ImageEncoder.Encode(rgb, 64, 48, format, 95)).ToRgb();
        Assert.True(rgb.Zip(decoded, (a, b) => Math.Abs(a - b)).Average() < 4);
    }

    [Theory]
    [InlineData(ImageFormat.Png, "image/png", "png")]
    [InlineData(ImageFormat.Jpeg, "image/jpeg", "jpg")]
    [InlineData(ImageFormat.Webp, "image/webp", "webp")]
    public void The_same_pixels_give_the_same_bytes_without_metadata(ImageFormat format, string mediaType, string extension)
    {
        foreach (var quality in new[] { 0, 85, 100 })
        {
            var file = Pictures.Encoded(format, quality: quality);
            Assert.Equal(file, Pictures.Encoded(format, quality: quality));
            var text = Encoding.Latin1.GetString(file);
            foreach (var marker in new[] { "Exif", "XMP", "iCCP", "ICC_PROFILE", "tEXt", "tIME", "ICCP" })
                Assert.DoesNotContain(marker, text, StringComparison.Ordinal);
            Assert.Equal(format, Assert.IsType<ImageInfo>(ImageProbe.Read(file)).Format);
        }
        Assert.Equal((mediaType, extension), (format.MediaType(), format.Extension()));
        Assert.True(ImageFormats.TryParse(mediaType, out var parsed) && parsed == format);
        Assert.True(ImageFormats.TryParse(extension, out parsed) && parsed == format);
        Assert.False(ImageFormats.TryParse("exe", out _));
    }

    [Fact]
    public void Flat_areas_cost_next_to_nothing()
    {
        Assert.InRange(ImageEncoder.Encode(new byte[512 * 512 * 3], 512, 512, ImageFormat.Png, 0).Length, 60, 8_000);
    }

    [Theory]
    [InlineData(2, 2, 50, 11)]
    [InlineData(0, 2, 50, 0)]
    [InlineData(2, -2, 50, 12)]
    [InlineData(4097, 1, 50, 12291)]
    [InlineData(2, 2, 101, 12)]
    [InlineData(2, 2, -1, 12)]
    public void Sizes_that_do_not_agree_are_refused(int width, int height, int quality, int bytes)
    {
        Assert.ThrowsAny<ArgumentException>(() => ImageEncoder.Encode(new byte[bytes], width, height, ImageFormat.Png, quality));
    }

    private static DecodedImage Decoded(byte[] file) => Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(file)).Image;
}
