namespace Vitrine.Inference.Tests;

public sealed class PhiloxTests
{
    // The known answers of the authors' Random123 library (kat_vectors, philox4x32, 10 rounds).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void A_block_is_what_its_authors_published(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Normal_numbers_have_mean_0_variance_1_and_tails()
    {
        var numbers = new float[1_000_000];
        Philox.FillNormal(42, numbers);
        var mean = numbers.Average(x => (double)x);
        Assert.InRange(mean, -0.005, 0.005);
        Assert.InRange(numbers.Average(x => (x - mean) * (x - mean)), 0.99, 1.01);
        Assert.InRange(numbers.Count(x => Math.Abs(x) > 1.959964) / 1e6, 0.049, 0.051);
        Assert.All(numbers, x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void A_number_depends_on_the_seed_and_its_place_only()
    {
        float[] five = new float[5], hundred = new float[100], other = new float[100];
        Philox.FillNormal(long.MaxValue, five);
        Philox.FillNormal(long.MaxValue, hundred);
        Philox.FillNormal(uint.MaxValue, other);
        Assert.Equal(five, hundred[..5]);
        Assert.NotEqual(hundred, other);
    }
}
