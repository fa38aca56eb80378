using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests;

/// <summary>On pictures that are drawn here, under seeds that are printed. <c>docs/watermark.md</c> has the figures on pictures of the model and on photographs.</summary>
public sealed class WatermarkTests(ITestOutputHelper output)
{
    private const int Seed = 20_261_129;

    private static readonly WatermarkKey Key = new([.. Enumerable.Range(1, WatermarkKey.Length).Select(i => (byte)i)]);
    private static readonly Watermark Watermark = new(Key);
    private static readonly WatermarkId Id = new WatermarkIds(Key).Of(7);

    public static TheoryData<string> Chains { get; } = [.. TakenThrough.Keys];

    private static Dictionary<string, Func<Pictures, Pictures>> TakenThrough => new()
    {
        ["nothing"] = picture => picture,
        ["JPEG at quality 50"] = picture => picture.Jpeg(50),
        ["half the size and back"] = picture => picture.Resized(0.5).Resized(picture.Width, picture.Height),
        ["a fifth off each side"] = picture => picture.Cut(picture.Width / 15, picture.Height / 10, picture.Width * 4 / 5, picture.Height * 4 / 5),
        ["a screenshot at three quarters"] = picture => picture.Resized(0.75).Jpeg(75).Faded(),
        ["a screenshot at seven fifths"] = picture => picture.Resized(1.4).Jpeg(75).Faded(),
        ["a mirror"] = picture => picture.Mirrored(),
        ["a quarter turn"] = picture => picture.TurnedRight(),
    };

    [Theory]
    [MemberData(nameof(Chains))]
    public void The_watermark_survives(string chain)
    {
        foreach (var side in new[] { 128, 256, 1024 })
        {
            output.WriteLine($"seed {Seed + side}");
            var marked = Pictures.Sticker(side, Seed + side).Marked(Watermark, Id);
            Assert.Equal(Id, TakenThrough[chain](marked).Find(Watermark)?.Id);
        }
    }

    [Fact]
    public void A_marked_picture_is_hardly_changed()
    {
        foreach (var side in new[] { 64, 128, 256, 512, 1024 })
            for (var seed = Seed; seed < Seed + 4; seed++)
            {
                var picture = Pictures.Sticker(side, seed);
                Assert.InRange(picture.Marked(Watermark, Id).FidelityTo(picture), 40, 55);
            }
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(64, 300)]
    [InlineData(1000, 72)]
    [InlineData(725, 725)]
    [InlineData(520, 1448)]
    [InlineData(1449, 1449)]
    public void Any_size_from_64_pixels_up_is_marked_and_read(int width, int height)
    {
        var picture = Pictures.Sticker(1449, Seed).Resized(width, height);
        Assert.Equal(Id, picture.Marked(Watermark, Id).Find(Watermark)?.Id);
    }

    [Fact]
    public void A_picture_below_64_pixels_is_refused_and_one_below_48_is_read_as_unmarked()
    {
        Assert.Throws<ArgumentException>(() => Watermark.Embed(new byte[63 * 64 * 3], 63, 64, Id));
        Assert.Null(Watermark.Detect(new byte[47 * 100 * 3], 47, 100));
        Assert.Null(Watermark.Detect(new byte[3], 1, 1));
    }

    [Fact]
    public void Pictures_without_a_watermark_are_read_as_unmarked()
    {
        for (var seed = Seed; seed < Seed + 10; seed++)
        {
            Assert.Null(Pictures.Sticker(128, seed).Find(Watermark));
            var noise = new byte[3 * 200 * 130];
            new Random(seed).NextBytes(noise);
            Assert.Null(Watermark.Detect(noise, 200, 130));
        }
        Assert.Null(Watermark.Detect(new byte[3 * 512 * 512], 512, 512)); // Black.
    }

    [Fact]
    public void Another_key_reads_nothing()
    {
        var other = new Watermark(new WatermarkKey([.. Enumerable.Range(2, WatermarkKey.Length).Select(i => (byte)i)]));
        Assert.Null(Pictures.Sticker(256, Seed).Marked(Watermark, Id).Find(other));
    }

    [Fact]
    public void The_same_pixels_and_id_give_the_same_marked_pixels_and_another_id_gives_others()
    {
        var picture = Pictures.Sticker(128, Seed);
        Assert.Equal(picture.Marked(Watermark, Id).Rgb, picture.Marked(new Watermark(Key), Id).Rgb);
        Assert.NotEqual(picture.Marked(Watermark, Id).Rgb, picture.Marked(Watermark, new WatermarkIds(Key).Of(8)).Rgb);
    }

    [Fact]
    public void A_picture_marked_twice_reads_as_one_of_the_two_ids_or_as_unmarked()
    {
        var second = new WatermarkIds(Key).Of(8);
        var found = Pictures.Sticker(256, Seed).Marked(Watermark, Id).Marked(Watermark, second).Find(Watermark);
        Assert.True(found is null || found.Id == Id || found.Id == second);
    }

    [Fact]
    public void Numbers_in_sequence_become_ids_without_a_visible_order_that_never_meet()
    {
        var ids = new WatermarkIds(Key);
        var given = Enumerable.Range(0, 20_000).Select(number => ids.Of(number)).ToList();

        Assert.Equal(given.Count, given.Distinct().Count());
        Assert.All(given.Select((id, number) => (id, number)), pair => Assert.Equal(pair.number, ids.NumberOf(pair.id)));
        // Neighbours differ in about half of their 48 bits; a counter's neighbours would differ in two on average.
        Assert.InRange(given.Zip(given.Skip(1), (a, b) => System.Numerics.BitOperations.PopCount((ulong)(a.Value ^ b.Value))).Average(), 23.5, 24.5);
        Assert.Equal((1L << 48) - 1, ids.NumberOf(ids.Of((1L << 48) - 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ids.Of(1L << 48));
    }

    [Fact]
    public void The_code_corrects_eleven_bits_turned_over_and_a_third_of_them_lost()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 50; i++)
        {
            var id = new WatermarkId(random.NextInt64(1L << 48));
            var soft = TailBitingCode.Encode(id).Select(bit => (float)bit).ToArray();
            var places = Enumerable.Range(0, soft.Length).ToArray();
            random.Shuffle(places);
            var lost = soft.ToArray();
            foreach (var place in places.Take(soft.Length / 3))
                lost[place] = 0;
            Assert.Equal(id, TailBitingCode.Decode(lost));
            // Fewer than half of the free distance of 24.
            foreach (var place in places.Take(11))
                soft[place] = -soft[place];
            Assert.Equal(id, TailBitingCode.Decode(soft));
        }
    }

    [Fact]
    public void An_id_is_read_as_it_is_written()
    {
        Assert.Equal("0000000000ff", new WatermarkId(255).ToString());
        Assert.True(WatermarkId.TryParse("0000000000ff", out var id) && id.Value == 255);
        Assert.False(WatermarkId.TryParse("0000000000FF", out _));
        Assert.False(WatermarkId.TryParse("ff", out _));
    }
}
