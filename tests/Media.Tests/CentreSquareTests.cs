namespace Vitrine.Media.Tests;

public class CentreSquareTests
{
    [Fact]
    public void The_square_is_cut_out_of_the_middle_and_left_alone_where_it_is_small()
    {
        // 5 x 3 of one channel: the middle three columns.
        byte[] samples = [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24];
        var (side, square) = CentreSquare.Of(samples, 5, 3, 1, enough: 2);
        Assert.Equal(3, side);
        Assert.Equal([1, 2, 3, 11, 12, 13, 21, 22, 23], square);
        // 3 x 5: the middle three rows.
        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11], CentreSquare.Of([.. Enumerable.Range(0, 15).Select(i => (byte)i)], 3, 5, 1, 2).Samples);
    }

    [Fact]
    public void Blocks_become_their_rounded_mean_channel_by_channel()
    {
        // 4 x 4 of two channels, enough is 2: blocks of 2 x 2.
        var samples = new byte[4 * 4 * 2];
        for (var i = 0; i < 16; i++) (samples[2 * i], samples[2 * i + 1]) = ((byte)i, (byte)(255 - i));
        var (side, square) = CentreSquare.Of(samples, 4, 4, 2, 2);
        // (0+1+4+5)/4 = 2.5, up to 3; of the other channel (255+254+251+250)/4 = 252.5, up to 253.
        Assert.Equal(2, side);
        Assert.Equal([3, 253, 5, 251, 11, 245, 13, 243], square);
    }

    [Fact]
    public void Whatever_the_size_the_result_is_bounded_and_a_flat_picture_stays_flat()
    {
        const int Seed = 20261129;
        var random = new Random(Seed);
        for (var i = 0; i < 300; i++)
        {
            var (width, height, channels, enough) = (random.Next(1, 90), random.Next(1, 90), random.Next(1, 4), random.Next(1, 20));
            var value = (byte)random.Next(256);
            var (side, square) = CentreSquare.Of([.. Enumerable.Repeat(value, width * height * channels)], width, height, channels, enough);
            Assert.True(side >= 1 && side < Math.Max(2 * enough, enough + 1) && side <= Math.Min(width, height), $"seed {Seed}: {width}x{height}, enough {enough}: {side}");
            Assert.Equal(side * side * channels, square.Length);
            Assert.All(square, sample => Assert.Equal(value, sample));
        }
    }

    [Fact]
    public void Samples_that_do_not_fit_the_size_are_refused()
    {
        Assert.Throws<ArgumentException>(() => CentreSquare.Of(new byte[11], 2, 2, 3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => CentreSquare.Of([], 0, 2, 3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => CentreSquare.Of(new byte[4], 2, 2, 1, 0));
    }
}
