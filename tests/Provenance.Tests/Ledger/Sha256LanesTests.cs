using System.Security.Cryptography;
using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>Hashing eight at once is hashing: the system's SHA-256 is the judge.</summary>
public sealed class Sha256LanesTests(ITestOutputHelper output)
{
    [Fact]
    public void Leaves_of_every_length_around_the_ends_of_blocks_are_those_of_the_library() => Compare([.. Enumerable.Range(0, 400)]);

    [Fact]
    public void Leaves_of_mixed_lengths_are_those_of_the_library()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 200; round++) Compare([.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(random.Next(1, 5000)))]);
    }

    [Fact]
    public void Nodes_are_those_of_the_library_also_in_place()
    {
        for (var count = 0; count < 70; count++)
        {
            var children = Enumerable.Range(0, count).Select(i => new TreeHash(SHA256.HashData([(byte)i]))).ToArray();
            var expected = Enumerable.Range(0, count / 2).Select(i => new TreeHash(SHA256.HashData([1, .. children[2 * i].ToArray(), .. children[2 * i + 1].ToArray()]))).ToArray();
            var nodes = new TreeHash[count / 2];
            Sha256Lanes.Nodes(children, nodes);
            Assert.Equal(expected, nodes);
            Sha256Lanes.Nodes(children, children);
            Assert.Equal(expected, children[..(count / 2)]);
        }
    }

    private static void Compare(int[] lengths)
    {
        var (buffer, entries, at) = (new byte[lengths.Sum()], new Range[lengths.Length], 0);
        new Random(1).NextBytes(buffer);
        for (var i = 0; i < lengths.Length; i++) entries[i] = at..(at += lengths[i]);
        var hashes = new TreeHash[lengths.Length];
        Sha256Lanes.Leaves(buffer, entries, hashes);
        Assert.Equal(entries.Select(entry => new TreeHash(SHA256.HashData([0, .. buffer[entry]]))), hashes);
    }
}
