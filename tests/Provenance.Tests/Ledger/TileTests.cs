using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests.Ledger;

public sealed class TileTests(ITestOutputHelper output)
{
    // The example of the specification: 273 full tiles and one of 112, one full and one of 17, one of 1.
    [Theory]
    [InlineData(0, 272, 256)]
    [InlineData(0, 273, 112)]
    [InlineData(1, 0, 256)]
    [InlineData(1, 1, 17)]
    [InlineData(2, 0, 1)]
    public void A_tree_of_seventy_thousand_leaves_has_the_tiles_of_the_specification(int level, long index, int width) =>
        Assert.Equal(new Tile(level, index, width), Tile.Of(level, index, 70_000));

    [Theory]
    [InlineData(0, 274)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(64, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    public void It_has_no_empty_tiles(int level, long index) => Assert.Null(Tile.Of(level, index, 70_000));

    [Theory]
    [InlineData(0, 1234067, 256, "tile/0/x001/x234/067")]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(2, 999, 1, "tile/2/999.p/1")]
    [InlineData(63, 1000, 255, "tile/63/x001/000.p/255")]
    public void A_tile_has_the_path_of_the_specification(int level, long index, int width, string path)
    {
        Assert.Equal(path, new Tile(level, index, width).Path);
        Assert.True(Tile.TryParsePath(path.Split('/', 3)[2], out var readIndex, out var readWidth));
        Assert.Equal((index, width), (readIndex, readWidth));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("00")]
    [InlineData("0000")]
    [InlineData("x000/000")]
    [InlineData("001/000")]
    [InlineData("x001/x000")]
    [InlineData("x1/000")]
    [InlineData("000.p/0")]
    [InlineData("000.p/256")]
    [InlineData("000.p/01")]
    [InlineData("000.p/-1")]
    [InlineData("000.p/")]
    [InlineData("000.p")]
    [InlineData("../000")]
    [InlineData("x999/x999/x999/x999/x999/x999/x999/x999/999")]
    [InlineData("x001//000")]
    [InlineData("000/")]
    [InlineData("٠٠٠")]
    public void No_other_spelling_is_a_path(string? path) => Assert.False(Tile.TryParsePath(path, out _, out _));

    [Fact]
    public void Every_index_reads_back_from_its_path()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var (index, width) = (random.NextInt64(long.MaxValue / 2) >> random.Next(62), random.Next(1, 257));
            Assert.True(Tile.TryParsePath(Tile.PathOf(index, width), out var readIndex, out var readWidth));
            Assert.Equal((index, width), (readIndex, readWidth));
        }
    }

    /// <summary>What a client of the tiles does: fetches those that a proof needs, and computes it from nothing else.</summary>
    [Fact]
    public void Proofs_made_from_tiles_are_the_proofs_of_the_tree()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var tree = PlainTree.OfSize(70_000);
        for (var round = 0; round < 60; round++)
        {
            long size = random.Next(2, 70_001);
            var (index, from) = (random.NextInt64(size), random.NextInt64(1, size));
            TreeHash FromTile(TreeNode node)
            {
                var tile = Tile.Holding(node, size);
                var hashes = Enumerable.Range(0, tile.Width).Select(i => tree.Node(new(tile.Level * Tile.Height, tile.Index * Tile.FullWidth + i))).ToArray();
                return new TileTree(hashes).Root(node);
            }
            Assert.Equal(TreeProofs.Inclusion(index, size, tree.Node), TreeProofs.Inclusion(index, size, FromTile));
            Assert.Equal(TreeProofs.Consistency(from, size, tree.Node), TreeProofs.Consistency(from, size, FromTile));
            Assert.Equal(tree.Root(size), TreeProofs.Root(size, FromTile));
            var asked = new HashSet<TreeNode>();
            TreeProofs.Inclusion(index, size, node => { asked.Add(node); return tree.Node(node); });
            Assert.Equal(asked, TreeProofs.InclusionNodes(index, size).ToHashSet());
        }
    }

    [Fact]
    public void Entries_read_back_from_their_bundle_and_a_cut_off_bundle_is_refused()
    {
        ReadOnlyMemory<byte>[] entries = [ReadOnlyMemory<byte>.Empty, new byte[] { 1 }, new byte[300]];
        var bundle = EntryBundle.Write(entries);
        Assert.Equal([0, 0, 0, 1, 1, 1, 44], bundle[..7]);
        Assert.Equal(entries.Select(entry => entry.ToArray()), EntryBundle.Read(bundle)!.Select(entry => entry.ToArray()));
        Assert.Null(EntryBundle.Read(bundle.AsMemory(0, bundle.Length - 1)));
        Assert.Null(EntryBundle.Read(bundle.AsMemory(0, 1)));
        Assert.Null(EntryBundle.Read(new byte[2 * 257]));
        Assert.Throws<ArgumentException>(() => EntryBundle.Write([new byte[EntryBundle.MaxEntry + 1]]));
    }
}
