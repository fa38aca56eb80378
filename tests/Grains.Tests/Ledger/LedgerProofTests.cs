using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Tenants;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Tests.Ledger;

/// <summary>What a log answers is believed only as far as it proves it: every answer here is checked against a signed checkpoint.</summary>
public sealed class LedgerProofTests : IAsyncLifetime
{
    private const int Leaves = 600;
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TenantId Acme = new("acme");
    private static readonly NoteKey Key = TestCluster.Ledger.KeyOf(LogId.Of(Acme));
    private TestCluster _cluster = null!;
    private ILedgerGrain Ledger => _cluster.Grains.Ledger(Acme);

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.Start(devices: _ => false);
        await Append(0, 300);
        await _cluster.Grains.Ledgers().Seal(None);
        await Append(300, Leaves - 300);
        await _cluster.Grains.Ledgers().Seal(None);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Any_entry_is_proved_under_the_newest_checkpoint_and_under_older_sizes()
    {
        var head = await Head();
        foreach (var (index, size) in new (long, long?)[] { (0, null), (255, null), (256, 257), (299, 300), (512, null), (599, null), (0, 1) })
        {
            var proof = (await Ledger.Inclusion(index, size, None))!;
            Assert.Equal((index, size ?? head.Size), (proof.Index, proof.Size));
            Assert.True(ProofCheck.Included(Hash(proof.LeafHash), index, proof.Size, Hash(proof.Root), Hashes(proof.Hashes)));
            var consistency = (await Ledger.Consistency(proof.Size, null, None))!;
            Assert.Equal(Hash(proof.Root), Hash(consistency.FromRoot));
            Assert.Equal(head.Root, Hash(consistency.ToRoot));
            Assert.True(ProofCheck.Consistent(proof.Size, Hash(proof.Root), head.Size, head.Root, Hashes(consistency.Hashes)));
        }
        Assert.Null(await Ledger.Inclusion(Leaves, null, None));
        Assert.Null(await Ledger.Inclusion(-1, null, None));
        Assert.Null(await Ledger.Inclusion(0, Leaves + 1, None));
        Assert.Null(await Ledger.Consistency(5, 4, None));
        Assert.Null(await Ledger.Consistency(0, Leaves + 1, None));
    }

    [Fact]
    public async Task The_whole_log_is_rebuilt_from_its_tiles_as_any_client_of_the_format_does()
    {
        var head = await Head();
        var tree = new CompactRange();
        for (long n = 0; Tile.Of(0, n, head.Size) is { } tile; n++)
        {
            var hashes = (await Ledger.Tile(0, n, tile.Width, None))!;
            var entries = EntryBundle.Read((await Ledger.Entries(n, tile.Width, None))!)!;
            Assert.Equal(tile.Width, entries.Count);
            for (var i = 0; i < tile.Width; i++)
            {
                var leaf = TreeHash.OfLeaf(entries[i].Span);
                Assert.Equal(new TreeHash(hashes.AsSpan(i * TreeHash.Size, TreeHash.Size)), leaf);
                tree.Append(leaf);
            }
        }
        Assert.Equal((head.Size, head.Root), (tree.Size, tree.Root()));
        // The second level holds the roots of the two full tiles.
        Assert.Equal(2 * TreeHash.Size, (await Ledger.Tile(1, 0, 2, None))!.Length);
        Assert.Null(await Ledger.Tile(1, 0, 3, None));
        Assert.Null(await Ledger.Tile(0, 2, 256, None));
        Assert.Null(await Ledger.Tile(2, 0, 1, None));
        Assert.Null(await Ledger.Entries(3, 1, None));
    }

    [Fact]
    public async Task The_platforms_log_holds_the_newest_checkpoint_of_the_tenant()
    {
        var view = (await Ledger.Platform(None))!;
        var platform = Checkpoint.Open(Note(view.Platform.Note), TestCluster.Ledger.KeyOf(LogId.Platform))!;
        Assert.Equal(Leaves, Checkpoint.Open(Note(view.Tenant.Note), Key)!.Size);
        Assert.Equal(platform.Root, Hash(view.Inclusion.Root));
        Assert.True(ProofCheck.Included(TreeHash.OfLeaf(Encoding.UTF8.GetBytes(view.Tenant.Note)), view.Inclusion.Index, platform.Size, platform.Root, Hashes(view.Inclusion.Hashes)));
    }

    [Fact]
    public async Task A_log_that_nothing_was_written_to_has_nothing_to_show()
    {
        var empty = _cluster.Grains.Ledger(new TenantId("nobody"));
        Assert.Null(await empty.Checkpoint(None));
        Assert.Null(await empty.Platform(None));
        Assert.Null(await empty.Inclusion(0, null, None));
        Assert.Null(await empty.Tile(0, 0, 1, None));
    }

    private async Task<Checkpoint> Head() => Checkpoint.Open(Note((await Ledger.Checkpoint(None))!.Note), Key)!;

    private async Task Append(int from, int count)
    {
        var journal = _cluster.Services.GetRequiredService<EventJournal>();
        await Task.WhenAll(Enumerable.Range(from, count).Select(i =>
            journal.Append(Commit.Of(Acme, StreamAppend.Start(string.Create(CultureInfo.InvariantCulture, $"key/{i}"), new KeyRevoked(DateTimeOffset.UnixEpoch))), None)));
    }

    private static SignedNote Note(string text) => SignedNote.Parse(Encoding.UTF8.GetBytes(text))!;
    private static TreeHash Hash(string base64) => TreeHash.TryParse(base64, out var hash) ? hash : throw new FormatException(base64);
    private static List<TreeHash> Hashes(IEnumerable<string> texts) => [.. texts.Select(Hash)];
}
