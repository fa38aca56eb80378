using System.Text.Json;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Replays;
using Vitrine.Media;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class ReplayTests(OneSilo silo)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(PictureFormat.Png, 100)]
    [InlineData(PictureFormat.Jpeg, 70)]
    public async Task A_picture_made_again_from_its_record_has_the_pixels_on_record(PictureFormat format, int quality)
    {
        var (brand, asset) = await APicture($"replay-same-{quality}", ask => ask with { Format = format, Quality = quality, NegativePrompt = "blue" });
        var blobs = await silo.Cluster.StoredBlobs(brand.Tenant);

        var done = await End(brand, (await Ask(brand, asset)).Replay!);

        Assert.Equal((ReplayState.Done, ReplayAnswer.Identical), (done.State, done.Verdict!.Answer));
        Assert.Equal((asset.PixelSha256, asset.ModelDigest, asset.Site), (done.Verdict.Found!.PixelSha256, done.Verdict.Found.ModelDigest, done.Verdict.Found.Site));
        Assert.Empty(done.Verdict.Differs);
        Assert.Equal(blobs, await silo.Cluster.StoredBlobs(brand.Tenant));
        Assert.Equal(["replay.requested", "replay.started", "replay.asset_replayed"], await brand.Events(done.Id));
    }

    [Fact]
    public async Task A_record_that_was_changed_is_found_out_and_the_distance_is_told()
    {
        var (brand, asset) = await APicture("replay-changed");
        // Somebody with the database in hand changes the seed on record.
        await Sql("update vitrine.mt_doc_assetview set data = jsonb_set(data, '{Seed}', '8') where tenant_id = 'replay-changed'");

        var verdict = (await End(brand, (await Ask(brand, asset)).Replay!)).Verdict!;

        Assert.NotEqual(asset.PixelSha256, verdict.Found!.PixelSha256);
        Assert.Contains(verdict.Answer, new[] { ReplayAnswer.Alike, ReplayAnswer.Different });
        Assert.True(verdict.Found.Difference is { LargestDifference: > 0, PsnrDecibels: > 0 and < 60 }, $"{verdict.Found.Difference}");
        Assert.Contains("speaks against the record", verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_whose_digest_alone_was_changed_shows_equal_finished_pixels()
    {
        var (brand, asset) = await APicture("replay-digest");
        await Sql("update vitrine.mt_doc_assetview set data = jsonb_set(data, '{PixelSha256}', '\"00\"') where tenant_id = 'replay-digest'");

        var verdict = (await End(brand, (await Ask(brand, asset)).Replay!)).Verdict!;

        Assert.Equal((0, null), (verdict.Found!.Difference!.LargestDifference, verdict.Found.Difference.PsnrDecibels));
        Assert.Equal((ReplayAnswer.Alike, asset.PixelSha256), (verdict.Answer, verdict.Found.PixelSha256));
    }

    [Fact]
    public async Task A_picture_whose_model_is_gone_gets_its_verdict_at_once()
    {
        var (brand, asset) = await APicture("replay-no-model");
        await Sql("update vitrine.mt_doc_jobview set data = jsonb_set(data, '{Model}', '\"retired\"') where tenant_id = 'replay-no-model'");

        await AssertEndedAtOnce(brand, asset, ReplayAnswer.ModelGone);
    }

    [Fact]
    public async Task A_picture_of_a_person_who_was_erased_gets_its_verdict_at_once()
    {
        var (brand, asset) = await APicture("replay-no-prompt");
        await silo.Cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None);

        await AssertEndedAtOnce(brand, asset, ReplayAnswer.PromptGone);
    }

    private async Task AssertEndedAtOnce(TestTenant brand, AssetView asset, ReplayAnswer answer)
    {
        var replay = (await Ask(brand, asset)).Replay!;

        Assert.Equal((ReplayState.Done, answer), (replay.State, replay.Verdict?.Answer));
        Assert.Equal(["replay.requested", "replay.asset_replayed"], await brand.Events(replay.Id));
    }

    [Fact]
    public async Task Asked_again_under_one_key_it_is_one_replay_and_another_asset_under_that_key_is_refused()
    {
        var (brand, asset) = await APicture("replay-again", ask => ask with { Images = 2 });
        var id = ReplayId.ForIdempotencyKey(brand.Principal, "once");

        var first = await Ask(brand, asset, id);
        await End(brand, first.Replay!);
        var again = await Ask(brand, asset, id);
        var other = await Replays(brand).Request(new(id, new(asset.Id[..^1] + "1"), "key"), None);

        Assert.Equal((false, true, first.Replay!.Id), (first.Known, again.Known, again.Replay!.Id));
        Assert.Equal(ReplayAnswer.Identical, again.Replay.Verdict!.Answer);
        Assert.Equal(Refused.IdempotencyMismatch, other!.Refusal!.Reason);
    }

    [Fact]
    public async Task A_replay_costs_no_credits_and_a_tenant_that_asks_for_many_at_once_is_told_to_wait()
    {
        var (brand, asset) = await APicture("replay-many");
        var before = (await silo.Cluster.Grains.Tenant(brand.Tenant).Account(None))!.Settled;
        // The user may have nothing running, so what is asked for waits.
        await silo.Cluster.Grains.User(new(brand.Tenant, brand.User)).SetLimits(new Limits(Running: 0), None);

        var outcomes = new List<ReplayOutcome>();
        for (var i = 0; i <= ReplayDecisions.MaxOpen; i++) outcomes.Add(await Ask(brand, asset));

        Assert.All(outcomes.SkipLast(1), outcome => Assert.Equal(ReplayState.Queued, outcome.Replay!.State));
        Assert.Equal(Refused.RateExceeded, outcomes[^1].Refusal!.Reason);
        Assert.NotNull(await Replays(brand).Place(new(outcomes[0].Replay!.Id)));
        foreach (var outcome in outcomes.SkipLast(1)) Assert.Equal(ReplayState.Canceled, (await Replays(brand).Cancel(new(outcome.Replay!.Id), "key", None)!)!.Value!.State);
        Assert.Equal(Refused.AlreadyFinished, (await Replays(brand).Cancel(new(outcomes[0].Replay!.Id), "key", None)!)!.Refusal!.Reason);
        Assert.Null((await Ask(brand, asset)).Refusal);
        Assert.Equal(before, (await silo.Cluster.Grains.Tenant(brand.Tenant).Account(None))!.Settled);
    }

    [Fact]
    public async Task A_replay_that_the_queue_has_forgotten_is_found_in_the_store_and_done()
    {
        var (brand, asset) = await APicture("replay-forgotten");
        await silo.Cluster.Grains.User(new(brand.Tenant, brand.User)).SetLimits(new Limits(Running: 0), None);
        var replay = (await Ask(brand, asset)).Replay!;
        var queue = silo.Cluster.Grains.RenderQueue(PoolId.Main);
        await queue.Remove(new ReplayId(replay.Id).InQueueOf(brand.Tenant));
        Assert.Null(await Replays(brand).Place(new(replay.Id)));
        await silo.Cluster.Grains.User(new(brand.Tenant, brand.User)).SetLimits(Limits.None, None);

        await queue.Reconcile();

        Assert.Equal(ReplayAnswer.Identical, (await End(brand, replay)).Verdict!.Answer);
    }

    [Fact]
    public async Task A_replay_that_is_called_off_leaves_the_device()
    {
        var (brand, asset) = await APicture("replay-cancel", ask => ask with { Width = 1024, Height = 1024, Steps = 50 });
        var replay = (await Ask(brand, asset)).Replay!;
        await Eventually.True(async () => (await Replays(brand).Get(new(replay.Id), None))!.State != ReplayState.Queued);

        var ended = (await Replays(brand).Cancel(new(replay.Id), "key", None)!)!;

        Assert.Equal(ReplayState.Canceled, ended.Value!.State);
        await Eventually.True(async () => (await silo.Cluster.Grains.RenderQueue(PoolId.Main).Status()).Leased == 0);
        Assert.Equal(["replay.requested", "replay.started", "replay.canceled"], await brand.Events(replay.Id));
    }

    [Fact]
    public async Task Neither_an_unknown_asset_nor_one_of_another_tenant_can_be_replayed_and_a_replay_is_its_tenants_own()
    {
        var (brand, asset) = await APicture("replay-own");
        var rival = await silo.Cluster.Tenant("replay-rival");

        Assert.Null(await Replays(rival).Request(new(ReplayId.New(), new(asset.Id), "key"), None));
        Assert.Null(await Replays(brand).Request(new(ReplayId.New(), AssetId.Of(JobId.New(), 0), "key"), None));
        var replay = (await Ask(brand, asset)).Replay!;
        Assert.Null(await Replays(rival).Get(new(replay.Id), None));
        Assert.Null(await Replays(rival).Cancel(new(replay.Id), "key", None)!);
        await End(brand, replay);
    }

    [Fact]
    public async Task No_event_of_a_replay_repeats_the_prompt()
    {
        var (brand, asset) = await APicture("replay-silent", ask => ask with { Prompt = "a red apple, 3d style, uncommonsecret" });
        var replay = await End(brand, (await Ask(brand, asset)).Replay!);
        Assert.DoesNotContain("uncommonsecret", JsonSerializer.Serialize(replay), StringComparison.Ordinal);
        await using var command = silo.Cluster.Database.CreateCommand("select count(*) from vitrine.mt_events where stream_id like 'replay%' and data::text like '%uncommonsecret%'");
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    private IReplaysGrain Replays(TestTenant brand) => silo.Cluster.Grains.Replays(brand.Tenant);

    private async Task<(TestTenant Brand, AssetView Asset)> APicture(string tenant, Func<SubmitJob, SubmitJob>? change = null)
    {
        var brand = await silo.Cluster.Tenant(tenant);
        var ask = brand.Asks("a red apple, 3d style");
        var job = await brand.End((await brand.Submit(change?.Invoke(ask) ?? ask)).Key);
        Assert.True(await silo.Cluster.Blobs.Verify(new BlobKey(tenant, job.Assets[0].Sha256), None));
        return (brand, job.Assets[0]);
    }

    private async Task<ReplayOutcome> Ask(TestTenant brand, AssetView asset, ReplayId? id = null) => (await Replays(brand).Request(new(id ?? ReplayId.New(), new(asset.Id), "testkey0testkey0"), None))!;

    private async Task<ReplayView> End(TestTenant brand, ReplayView replay)
    {
        await Eventually.True(async () => !(await Replays(brand).Get(new(replay.Id), None))!.IsOpen);
        return (await Replays(brand).Get(new(replay.Id), None))!;
    }

    private async Task Sql(string text)
    {
        await using var command = silo.Cluster.Database.CreateCommand(text);
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }
}
