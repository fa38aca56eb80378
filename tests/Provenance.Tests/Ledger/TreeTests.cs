using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests.Ledger;

public sealed class TreeTests(ITestOutputHelper output)
{
    private static readonly PlainTree Published = new([.. PublishedTree.Leaves.Select(leaf => TreeHash.OfLeaf(leaf))]);

    [Fact]
    public void A_tree_that_grows_has_the_published_root_at_every_size()
    {
        var range = new CompactRange();
        Assert.Equal(PublishedTree.Roots[0], range.Root());
        for (var i = 0; i < PublishedTree.Leaves.Length; i++)
        {
            range.Append(TreeHash.OfLeaf(PublishedTree.Leaves[i]));
            Assert.Equal(PublishedTree.Roots[i + 1], range.Root());
        }
    }

    [Theory, MemberData(nameof(PublishedTree.Inclusions), MemberType = typeof(PublishedTree))]
    public void Published_inclusion_proofs_are_made_and_believed(long index, long size, string[] hashes)
    {
        var proof = TreeProofs.Inclusion(index, size, Published.Node);
        Assert.Equal(hashes.Select(PublishedTree.Hash), proof);
        Assert.True(ProofCheck.Included(Published.Leaf(index), index, size, PublishedTree.Roots[size], proof));
    }

    [Theory, MemberData(nameof(PublishedTree.Consistencies), MemberType = typeof(PublishedTree))]
    public void Published_consistency_proofs_are_made_and_believed(long from, long to, string[] hashes)
    {
        var proof = TreeProofs.Consistency(from, to, Published.Node);
        Assert.Equal(hashes.Select(PublishedTree.Hash), proof);
        Assert.True(ProofCheck.Consistent(from, PublishedTree.Roots[from], to, PublishedTree.Roots[to], proof));
    }

    [Fact]
    public void Every_leaf_of_every_small_tree_is_proved_and_at_no_other_index_or_size()
    {
        const int Most = 70;
        var tree = PlainTree.OfSize(Most);
        for (long size = 1; size <= Most; size++)
            for (long index = 0; index < size; index++)
            {
                var proof = TreeProofs.Inclusion(index, size, tree.Node);
                Assert.True(ProofCheck.Included(tree.Leaf(index), index, size, tree.Root(size), proof));
                for (long other = 0; other < size; other++)
                    if (other != index) Assert.False(ProofCheck.Included(tree.Leaf(index), other, size, tree.Root(size), proof));
                Assert.False(ProofCheck.Included(tree.Leaf(index), index, size, tree.Root(size - 1), proof));
                Assert.False(ProofCheck.Included(tree.Leaf(index), index, size, tree.Root(size), [.. proof, tree.Leaf(0)]));
                if (proof.Count > 0) Assert.False(ProofCheck.Included(tree.Leaf(index), index, size, tree.Root(size), [.. proof.SkipLast(1)]));
            }
    }

    [Fact]
    public void Every_pair_of_small_trees_is_consistent_and_with_no_other_root()
    {
        const int Most = 70;
        var tree = PlainTree.OfSize(Most);
        for (long to = 0; to <= Most; to++)
            for (long from = 0; from <= to; from++)
            {
                var proof = TreeProofs.Consistency(from, to, tree.Node);
                Assert.True(ProofCheck.Consistent(from, tree.Root(from), to, tree.Root(to), proof), $"{from} to {to}");
                var foreign = TreeHash.OfLeaf("foreign"u8);
                Assert.False(ProofCheck.Consistent(from, foreign, to, tree.Root(to), proof), $"{from} to {to}");
                if (from > 0) Assert.False(ProofCheck.Consistent(from, tree.Root(from), to, foreign, proof), $"{from} to {to}");
                Assert.False(ProofCheck.Consistent(from, tree.Root(from), to, tree.Root(to), [.. proof, foreign]));
                if (proof.Count > 0) Assert.False(ProofCheck.Consistent(from, tree.Root(from), to, tree.Root(to), [.. proof.SkipLast(1)]));
            }
    }

    [Fact]
    public void A_fork_is_never_consistent_with_the_true_history()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var (to, at) = (random.Next(2, 600), 0);
            var from = random.Next(1, to);
            at = random.Next(from);
            var tree = PlainTree.OfSize(to);
            var forked = new PlainTree([.. Enumerable.Range(0, to).Select(i => i == at ? TreeHash.OfLeaf("other"u8) : tree.Leaf(i))]);
            Assert.False(ProofCheck.Consistent(from, tree.Root(from), to, forked.Root(to), TreeProofs.Consistency(from, to, forked.Node)));
            Assert.False(ProofCheck.Consistent(from, tree.Root(from), to, forked.Root(to), TreeProofs.Consistency(from, to, tree.Node)));
        }
    }

    [Fact]
    public void A_right_edge_that_was_put_away_goes_on_where_it_was()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var tree = PlainTree.OfSize(2000);
        var range = new CompactRange();
        for (var i = 0; i < 2000; i++)
        {
            if (random.Next(7) == 0) range = CompactRange.Of(range.Size, range.ToArray());
            range.Append(tree.Leaf(i));
            if (i % 97 == 0) Assert.Equal(tree.Root(i + 1), range.Root());
        }
        Assert.Throws<InvalidDataException>(() => CompactRange.Of(3, new byte[32]));
    }

    [Fact]
    public void Appending_tells_of_every_perfect_subtree_once()
    {
        var tree = PlainTree.OfSize(300);
        var range = new CompactRange();
        var told = new List<TreeNode>();
        for (var i = 0; i < 300; i++)
            range.Append(tree.Leaf(i), (level, index, root) =>
            {
                told.Add(new(level, index));
                Assert.Equal(tree.Node(new(level, index)), root);
            });
        Assert.Equal(Enumerable.Range(0, 9).Sum(level => 300 >> level), told.Count);
        Assert.Equal(told.Count, told.Distinct().Count());
    }
}
