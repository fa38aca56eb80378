using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Tenants;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests.Ledger;

/// <summary>Others outside attest the platform's checkpoints: witnesses over HTTP that check before they sign, and a time stamp authority.</summary>
public sealed class AttestationTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TenantId Acme = new("acme");
    private static readonly NoteKey Log = TestCluster.Ledger.KeyOf(LogId.Platform);
    private int _streams;

    [Fact]
    public async Task Witnesses_cosign_each_checkpoint_and_the_served_one_bears_it()
    {
        await using var one = await DevelopmentWitness.Start(Log, 9);
        await using var two = await DevelopmentWitness.Start(Log, 10);
        await using var cluster = await TestCluster.Start(devices: _ => false, ledger: TestCluster.Ledger with { Witnesses = [one.Client, two.Client] });
        await Grow(cluster, 3);
        var first = await Cosigned(cluster, atLeast: 1, one.Key, two.Key);
        await Grow(cluster, 2);
        var second = await Cosigned(cluster, atLeast: first.Size + 1, one.Key, two.Key);

        Assert.Equal((second.Size, second.Size), (one.Seen, two.Seen));
        Assert.All(one.Answers, status => Assert.Equal(200, status));
        var policy = new WitnessPolicy([one.Key, two.Key], 2);
        Assert.Equal([one.Key.Name, two.Key.Name], policy.Judge(second.Note).Cosigned.Select(each => each.Witness));
        // Whoever asks for more witnesses than signed believes nothing.
        var history = new CheckpointHistory(Log, policy with { Witnesses = [one.Key, DevelopmentWitness.Of(11)] });
        Assert.Equal(LogCodes.QuorumMissed, history.Believe(second.Note, [])!.Code);
        Assert.Null(new CheckpointHistory(Log, policy).Believe(second.Note, []));
    }

    [Fact]
    public async Task A_witness_that_has_seen_less_than_it_is_told_says_so_and_is_asked_from_there()
    {
        await using var witness = await DevelopmentWitness.Start(Log);
        await using var cluster = await TestCluster.Start(devices: _ => false, ledger: TestCluster.Ledger with { Witnesses = [witness.Client] });
        await Grow(cluster, 1);
        var first = await Cosigned(cluster, 1, witness.Key);
        witness.Forget();
        await Grow(cluster, 1);
        await Cosigned(cluster, first.Size + 1, witness.Key);
        Assert.Equal([200, 409, 200], witness.Answers);
    }

    [Fact]
    public async Task A_forked_log_gets_no_cosignature()
    {
        await using var witness = await DevelopmentWitness.Start(Log);
        var options = TestCluster.Ledger with { Witnesses = [witness.Client] };
        await using (var honest = await TestCluster.Start(devices: _ => false, ledger: options))
        {
            for (var i = 0; i < 3; i++) await Grow(honest, 2);
            await Cosigned(honest, 3, witness.Key);
        }
        var (seen, honestly, before) = (witness.Seen, witness.Answers.Count, witness.Answers.Count);

        // The same operator, key and name of the log; another history, first shorter than what the witness has seen, then longer.
        await using var fork = await TestCluster.Start(devices: _ => false, ledger: options);
        await Grow(fork, 5);
        await Eventually.True(() => witness.Answers.Count > before);
        Assert.Equal(409, witness.Answers.Last());
        for (var i = 0; i < 4; i++)
        {
            before = witness.Answers.Count;
            await Grow(fork, 1);
            await Eventually.True(() => witness.Answers.Count > before);
        }
        await Eventually.True(() => witness.Answers.Last() is 422);
        Assert.DoesNotContain(200, witness.Answers.Skip(honestly));
        Assert.Equal(seen, witness.Seen);
        Assert.Equal(0L, await fork.Database.CreateCommand("select count(*) from vitrine.ledger_cosignature").ExecuteScalarAsync());
        var head = await fork.Services.GetRequiredService<LedgerReader>().Newest(LogId.Platform, None);
        Assert.Equal(LogCodes.QuorumMissed, new CheckpointHistory(Log, new([witness.Key], 1)).Believe(Note(head!.Note), [])!.Code);
    }

    [Fact]
    public async Task A_witness_of_another_log_signs_nothing()
    {
        await using var stranger = await DevelopmentWitness.Start(new NoteSigner([.. Enumerable.Repeat((byte)3, 32)]).Key(Log.Name));
        await using var cluster = await TestCluster.Start(devices: _ => false, ledger: TestCluster.Ledger with { Witnesses = [stranger.Client] });
        await Grow(cluster, 1);
        await Eventually.True(() => !stranger.Answers.IsEmpty);
        Assert.Equal([403], stranger.Answers);
        Assert.Equal(0L, await cluster.Database.CreateCommand("select count(*) from vitrine.ledger_cosignature").ExecuteScalarAsync());
    }

    [Fact]
    public async Task Witnesses_that_are_away_or_unwell_hold_nothing_back_and_are_asked_again()
    {
        await using var unwell = await DevelopmentWitness.Start(Log, 9);
        unwell.Broken = 503;
        // Nobody listens on the port of a witness that has gone.
        Uri gone;
        await using (var gone_ = await DevelopmentWitness.Start(Log, 10)) gone = gone_.Address;
        using var away = new HttpWitness(gone, DevelopmentWitness.Of(10));
        await using var cluster = await TestCluster.Start(devices: _ => false, ledger: TestCluster.Ledger with { Witnesses = [unwell.Client, away] });
        for (var i = 0; i < 3; i++) await Grow(cluster, 2);
        Assert.Equal(3, (await LedgerRows.Read(cluster.Database)).Checkpoints[Acme.Value].Count);
        await Eventually.True(() => !unwell.Answers.IsEmpty);
        unwell.Broken = null;
        await Cosigned(cluster, 3, unwell.Key);
    }

    [Fact]
    public async Task The_platforms_checkpoint_is_stamped_and_the_tenant_gets_the_stamp()
    {
        var authority = DevelopmentChain.CreateTimeStampAuthority("Vitrine Tests", TimeProvider.System.GetUtcNow());
        using var stamps = new DevelopmentTimeStampAuthority(authority.ChainPem, authority.LeafKeyPem, TimeProvider.System);
        await using var cluster = await TestCluster.Start(devices: _ => false, ledger: TestCluster.Ledger with { TimeStamps = stamps });
        await Grow(cluster, 3);
        PlatformView view = null!;
        await Eventually.True(async () => (view = (await cluster.Grains.Ledger(Acme).Platform(None))!).Stamp is not null);

        var anchors = TrustAnchors.FromPem(DevelopmentChain.Create("Vitrine Tests", TimeProvider.System.GetUtcNow()).RootPem, authority.RootPem);
        var verdict = CheckpointStamp.Check(view.Stamp, Note(view.Platform.Note), anchors);
        Assert.InRange(verdict.At!.Value, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
        Assert.True(CheckpointStamp.Check(view.Stamp, Note(view.Tenant.Note), anchors).IsWrong);
        var untrusting = CheckpointStamp.Check(view.Stamp, Note(view.Platform.Note), TrustAnchors.None);
        Assert.Equal((null, false), (untrusting.At, untrusting.IsWrong));

        // Within the hour it is stamped once.
        await Grow(cluster, 1);
        await Grow(cluster, 1);
        Assert.Equal(1L, await cluster.Database.CreateCommand("select count(*) from vitrine.ledger_stamp").ExecuteScalarAsync());
    }

    private async Task Grow(TestCluster cluster, int events)
    {
        for (var i = 0; i < events; i++)
            await cluster.Services.GetRequiredService<EventJournal>().Append(
                Commit.Of(Acme, StreamAppend.Start(string.Create(CultureInfo.InvariantCulture, $"key/{Interlocked.Increment(ref _streams)}"), new KeyRevoked(DateTimeOffset.UnixEpoch))), None);
        await cluster.Grains.Ledgers().Seal(None);
    }

    /// <summary>The platform's checkpoint as it is served, once these have cosigned it.</summary>
    private static async Task<(long Size, SignedNote Note)> Cosigned(TestCluster cluster, long atLeast, params NoteKey[] witnesses)
    {
        (long Size, SignedNote Note) head = (0, null!);
        await Eventually.True(async () =>
        {
            await cluster.Grains.Ledgers().Advance(None);
            var newest = (await cluster.Services.GetRequiredService<LedgerReader>().Newest(LogId.Platform, None))!;
            head = (newest.Size, Note(newest.Note));
            return head.Size >= atLeast && witnesses.All(head.Note.IsSignedBy);
        });
        Assert.True(head.Note.IsSignedBy(Log));
        return head;
    }

    private static SignedNote Note(string text) => SignedNote.Parse(Encoding.UTF8.GetBytes(text))!;
}
