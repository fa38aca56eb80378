using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>Going through a whole log finds what was done to it.</summary>
public sealed class LogAuditTests(ITestOutputHelper output)
{
    private static readonly Bundles World = new();
    private static readonly Checkpoint Head = Checkpoint.Parse(World.Checkpoint().Text)!;
    private static readonly Checkpoint Earlier = Checkpoint.Parse(World.Checkpoint(7).Text)!;

    [Fact]
    public void A_sound_log_verifies_from_its_first_entry() => Assert.Empty(Audit(World.Entries));

    [Fact]
    public void An_altered_leaf_shows_at_the_next_checkpoint()
    {
        var altered = World.Entries.Select(entry => entry.ToArray()).ToList();
        altered[6][^1] ^= 1;
        Assert.Equal([(LogCodes.RootDiffers, 7L), (LogCodes.RootDiffers, Head.Size)], Audit(altered));
    }

    [Fact]
    public void A_leaf_altered_after_the_earlier_checkpoint_leaves_that_one_true()
    {
        var altered = World.Entries.Select(entry => entry.ToArray()).ToList();
        altered[7][^1] ^= 1;
        Assert.Equal([(LogCodes.RootDiffers, Head.Size)], Audit(altered));
    }

    [Fact]
    public void A_deleted_leaf_shows_in_its_stream_and_at_the_checkpoints() => Assert.Equal(
        [(LogCodes.StreamBroken, 6L), (LogCodes.RootDiffers, 7L), (LogCodes.Truncated, Head.Size - 1)], Audit([.. World.Entries.Where((_, i) => i != 6)]));

    [Fact]
    public void Reordered_leaves_show_in_their_numbers()
    {
        var reordered = World.Entries.ToList();
        (reordered[1], reordered[2]) = (reordered[2], reordered[1]);
        Assert.Equal([(LogCodes.OrderBroken, 2L), (LogCodes.RootDiffers, 7L), (LogCodes.RootDiffers, Head.Size)], Audit(reordered));
    }

    [Fact]
    public void A_truncated_tail_is_missed() => Assert.Equal([(LogCodes.Truncated, Head.Size - 2)], Audit(World.Entries.SkipLast(2)));

    [Fact]
    public void A_doubled_leaf_shows() => Assert.Contains((LogCodes.OrderBroken, 4L), Audit([.. World.Entries.Take(4), World.Entries[3], .. World.Entries.Skip(4)]));

    [Fact]
    public void An_event_that_was_left_out_before_signing_shows_in_its_stream()
    {
        var left = new Bundles();
        left.Entries.RemoveAt(Bundles.First + 1);
        var audit = new LogAudit(Bundles.Tenant, [Checkpoint.Parse(left.Checkpoint().Text)!]);
        left.Entries.ForEach(entry => audit.Add(entry));
        Assert.Equal([LogCodes.StreamBroken], audit.End().Select(finding => finding.Code));
    }

    [Fact]
    public void Foreign_and_malformed_entries_are_named()
    {
        var audit = new LogAudit("rival", []);
        audit.Add(World.Entries[0]);
        audit.Add("nothing"u8.ToArray());
        Assert.Equal([(LogCodes.EntryForeign, 0L), (LogCodes.EntryMalformed, 1L)], audit.End().Select(finding => (finding.Code, finding.Index)));
    }

    [Fact]
    public void A_log_that_is_wrong_everywhere_is_not_described_without_end()
    {
        var audit = new LogAudit("rival", []);
        for (var i = 0; i < 1000; i++) audit.Add("nothing"u8.ToArray());
        Assert.Equal(LogAudit.MaxFindings, audit.End().Count);
    }

    [Fact]
    public void Batches_that_were_hashed_ahead_find_what_going_through_one_by_one_finds()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var sound = ALongLog(3 * AuditBatch.MaxEntries + 77);
        var tree = new PlainTree([.. sound.Select(entry => TreeHash.OfLeaf(entry))]);
        long[] signed = [1, 700, AuditBatch.MaxEntries, AuditBatch.MaxEntries + 1, 2 * AuditBatch.MaxEntries, sound.Count - 1, sound.Count];
        var checkpoints = signed.Select(size => new Checkpoint("vitrine.example/acme", size, tree.Root(size))).ToList();
        for (var round = 0; round < 12; round++)
        {
            var log = sound.Select(entry => entry.ToArray()).ToList();
            var at = random.Next(log.Count - 1);
            if (round % 4 == 1) log[at][^1] ^= 1;
            if (round % 4 == 2) log.RemoveAt(at);
            if (round % 4 == 3) (log[at], log[at + 1]) = (log[at + 1], log[at]);
            LogAudit oneByOne = new(Bundles.Tenant, checkpoints), ahead = new(Bundles.Tenant, checkpoints);
            log.ForEach(entry => oneByOne.Add(entry));
            var batch = new AuditBatch();
            foreach (var chunk in log.Chunk(round < 4 ? AuditBatch.MaxEntries : random.Next(1, AuditBatch.MaxEntries)))
            {
                foreach (var entry in chunk) batch.Add(entry);
                ahead.Add(batch.Prepare());
                batch.Clear();
            }
            Assert.Equal((oneByOne.Count, oneByOne.Root()), (ahead.Count, ahead.Root()));
            Assert.Equal(oneByOne.End(), ahead.End());
            Assert.Equal(round % 4 == 0, ahead.End().Count == 0);
        }
    }

    [Fact]
    public void An_auditor_believes_what_continues_and_nothing_else()
    {
        var history = new CheckpointHistory(Bundles.Key());
        Assert.Null(history.Believe(World.Checkpoint(7), []));
        Assert.Equal(LogCodes.SignatureForeign, history.Believe(World.Checkpoint(signer: Bundles.Stranger), [])!.Code);
        Assert.Equal(LogCodes.SignatureForeign, history.Believe(World.Checkpoint(tenant: "rival"), [])!.Code);
        var forked = new Bundles();
        forked.Entries[0][^1] ^= 1;
        Assert.Equal(LogCodes.Forked, history.Believe(forked.Checkpoint(), TreeProofs.Consistency(7, forked.Entries.Count, forked.Tree.Node))!.Code);
        Assert.Equal(LogCodes.Forked, history.Believe(World.Checkpoint(), [])!.Code);
        Assert.Equal(7, history.Newest!.Size);
        Assert.Null(history.Believe(World.Checkpoint(), TreeProofs.Consistency(7, World.Entries.Count, World.Tree.Node)));
        Assert.Equal(LogCodes.Replayed, history.Believe(World.Checkpoint(7), [])!.Code);
        Assert.Null(history.Believe(World.Checkpoint(), []));
        Assert.Equal(LogCodes.Forked, history.Believe(forked.Checkpoint(), [])!.Code);
        Assert.Equal(LogCodes.OriginForeign, history.Believe(new SignedNote("no checkpoint\n", [Bundles.Signer.Sign("no checkpoint\n", Bundles.Key().Name)]), [])!.Code);
    }

    // Eight events a stream, as jobs have them, with members that come and go.
    private static List<byte[]> ALongLog(int entries) => [.. Enumerable.Range(0, entries).Select(i => new LeafEnvelope
    {
        Tenant = Bundles.Tenant, Stream = $"job_{i / 8}", Version = i % 8 + 1, Sequence = 10 + 3L * i, Type = "job.accepted", RecordedAt = DateTimeOffset.UnixEpoch.AddSeconds(i),
        Commitment = TreeHash.OfLeaf([(byte)i]), Manifest = i % 5 == 0 ? new string('m', i % 300) : null,
    }.ToBytes())];

    private static IEnumerable<(string, long)> Audit(IEnumerable<byte[]> entries)
    {
        var audit = new LogAudit(Bundles.Tenant, [Head, Earlier]);
        foreach (var entry in entries) audit.Add(entry);
        return audit.End().Select(finding => (finding.Code, finding.Index));
    }
}
