namespace Vitrine.Provenance.Tests;

/// <summary>
/// Against the hashes that the reference publishes with its pictures (facebook/ThreatExchange, pdq/python/pdqhashing/tests). Its own tests allow 16 bits between
/// decoders of JPEG, and asks for at most 10 between builds. Here eight of nine small pictures agree in every bit; larger pictures the reference first makes smaller by whatever
/// means its host has.
/// </summary>
public sealed class PdqTests
{
    private const int BetweenBuilds = 10, BetweenFiles = 16;

    [Theory]
    [InlineData("small.jpg", "0007001f003f003f007f00ff00ff00ff01ff01ff01ff03ff03ff03ff03ff03ff", 0)]
    [InlineData("wee.jpg", "6227401f601ff4ccafcc9fad4b0d95d371a2eb7265a3285234d228ca94deeb2d", 0)]
    [InlineData("q0003.jpg", "54a977c221d14c1c43ba5e6e21d4a13989a3553f1462611cbb85fda7be83b677", BetweenBuilds)]
    [InlineData("q0004.jpg", "992d44af36d69e6ca6b812585928bac11def254ef5398c6d07466c9abcc65b92", 0)]
    [InlineData("q0122.jpg", "cfb2009ddd21c6dab0046a7745b5984757a8a4535b3377aea2591d32b33ff940", 0)]
    [InlineData("q0291.jpg", "a0fe94f1e5cc1cc8dd855948498dc9243f7ca27336f036d7f212b74bc103c9a7", 0)]
    [InlineData("q0746.jpg", "1049d96239e24d4dca2c55512b8bdb77425f4dbcf575a0a95555aaab5554aaaa", 0)]
    [InlineData("q1050.jpg", "489db672e9190276d452aeab41eba20f02375fe4092d88defdf491a5c55c5f70", 0)]
    [InlineData("q2821.jpg", "b150231ffae4710ffcf4f18bb574b109a576f14bb8543189f8743289f174b109", 0)]
    public void A_published_picture_has_its_published_hash(string picture, string published, int mostApart)
    {
        var distance = Read(picture).Hash.DistanceTo(Hash(published));
        Assert.True(distance <= mostApart, $"{distance} bits apart: {Read(picture).Hash}, published {published}");
    }

    [Theory]
    [InlineData(0, "d8f8f0cce0f4a84f0e370a22028f67f0b36e2ed596623e1d33e6b39c4e9c9b22")]
    [InlineData(6, "38a50efd71c83f429013d68d0ffffc52e34e0e15ada952a9d29684214aa9e5af")]
    [InlineData(3, "2dadda64b5a142e5d362209057da895ae63b8c7fc277b4b766b319361f893188")]
    [InlineData(5, "a5f0a457248995e8c9065c275aaa54d8b61ba4bdf8fcfc0387c32f8b0bfc4f05")]
    [InlineData(2, "d8f80f31e0f417b00e37f5dd028f980fb36ed12a9662c1e233e64c634e9c64dd")]
    [InlineData(1, "0dad259bb1a1bd18d362576556da32a1e63b7380c2374b4866b3c6c91b89ce77")]
    [InlineData(4, "f0a5e10271dcc0bd9c5309720fff018de34ef1e8ada9a956d2967ade1ea91a50")]
    [InlineData(7, "69f05aa8a4996a17c146a2da5aaaab07b61b5b60f8fc07fc83c3d0740bfcb0fa")]
    public void The_hash_of_the_turned_picture_follows_without_its_pixels(int place, string published)
    {
        // The published hashes are of files that were turned and compressed again.
        var distance = Read("bridge-1-original.jpg").Dihedral[place].DistanceTo(Hash(published));
        Assert.True(distance <= BetweenFiles, $"{distance} bits apart");
    }

    [Fact]
    public void A_busy_picture_has_the_best_quality_and_a_plain_one_the_worst()
    {
        Assert.Equal(100, Read("bridge-1-original.jpg").Quality); // As the reference prints it.
        Assert.Equal(0, Pdq.Read(Enumerable.Repeat((byte)200, 3 * 128 * 128).ToArray(), 128, 128).Quality);
    }

    [Fact]
    public void A_picture_compressed_and_resized_still_looks_like_itself_and_another_does_not()
    {
        var picture = Pictures.Read(Samples.Read("pdq/q1050.jpg"));
        var hash = Read(picture).Hash;

        Assert.InRange(Read(picture.Jpeg(50)).Hash.DistanceTo(hash), 0, PdqHash.MostBitsApart);
        Assert.InRange(Read(picture.Resized(0.5)).Hash.DistanceTo(hash), 0, PdqHash.MostBitsApart);
        Assert.InRange(Read("q2821.jpg").Hash.DistanceTo(hash), PdqHash.MostBitsApart + 1, PdqHash.Bits);
    }

    [Fact]
    public void A_hash_is_read_as_it_is_written()
    {
        const string Text = "00000000000000010000000000000020000000000000030040000000000000ff";
        Assert.Equal(Text, Hash(Text).ToString());
        Assert.Equal(8 + 1 + 1 + 2 + 1, Hash(Text).DistanceTo(default));
        Assert.False(PdqHash.TryParse(Text.ToUpperInvariant(), out _));
        Assert.False(PdqHash.TryParse(Text[1..], out _));
    }

    [Fact]
    public void A_picture_too_small_to_hash_has_quality_zero() => Assert.Equal(0, Pdq.Read(new byte[4 * 100 * 3], 4, 100).Quality);

    private static PdqHash Hash(string text) => PdqHash.TryParse(text, out var hash) ? hash : throw new ArgumentException(text);

    private static PdqReading Read(string picture) => Read(Pictures.Read(Samples.Read("pdq/" + picture)));

    private static PdqReading Read(Pictures picture) => Pdq.Read(picture.Rgb, picture.Width, picture.Height);
}
