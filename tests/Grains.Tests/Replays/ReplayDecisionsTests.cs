using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Replays;

namespace Vitrine.Grains.Tests;

public sealed class ReplayDecisionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RenderSite Then = new("silo-0:cpu0", "A processor, AVX2", "ONNX Runtime 1.0", "1.0.0");
    private static readonly AssetView Asset = new(
        "asset_00000000000000000000000001_0", "job_00000000000000000000000001", 0, "file", "pixels", "image/png", 1, 64, 64, 7, "urn:c2pa:1", "sha256:model", "sha256:policy", Now, [], Site: Then);
    private static readonly JobView Job = new() { Id = Asset.Job, Project = "launch", Key = "key", Dialect = "native", RequestDigest = "d", Prompt = "a red apple", Model = "sticker", SubmittedAt = Now };
    private static readonly ReplayView Running = new() { Id = "replay_00000000000000000000000001", Asset = Asset.Id, Job = Asset.Job, Key = "key", Model = "sticker", RequestedAt = Now, State = ReplayState.Running, Attempt = 1, Revision = 2 };

    [Fact]
    public void Equal_pixels_are_identical_wherever_they_were_made()
    {
        var verdict = ReplayDecisions.Compare(Asset, new("pixels", "sha256:model", Then with { Device = "silo-1:cpu0" }, null));
        Assert.Equal((ReplayAnswer.Identical, "device"), (verdict.Answer, Assert.Single(verdict.Differs)));
    }

    [Theory]
    [InlineData(31, 20.0, ReplayAnswer.Alike)]
    [InlineData(32, 60.0, ReplayAnswer.Different)]
    [InlineData(null, 30.0, ReplayAnswer.Alike)]
    [InlineData(null, 29.99, ReplayAnswer.Different)]
    [InlineData(0, null, ReplayAnswer.Alike)]
    public void Other_pixels_are_judged_by_their_look_and_where_there_is_too_little_to_see_by_their_noise(int? bits, double? decibels, ReplayAnswer answer) =>
        Assert.Equal(answer, ReplayDecisions.Compare(Asset, new("others", "sha256:model", Then, new(bits, decibels, 9))).Answer);

    [Fact]
    public void Everything_that_is_known_to_differ_is_named()
    {
        var verdict = ReplayDecisions.Compare(Asset, new("others", "sha256:newer", new("silo-9:cuda0", "NVIDIA H200", "ONNX Runtime 2.0", "2.0.0"), new(100, 12, 200)));
        Assert.Equal(["model_digest", "device", "hardware", "runtime", "platform"], verdict.Differs);
        Assert.Contains("model_digest, device, hardware, runtime, platform", verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_picture_whose_making_place_was_not_recorded_nothing_is_said_to_differ()
    {
        var verdict = ReplayDecisions.Compare(Asset with { Site = null }, new("others", "sha256:model", Then, new(100, 12, 200)));
        Assert.Empty(verdict.Differs);
        Assert.Contains("was not recorded", verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_its_prompt_or_its_model_a_picture_cannot_be_made_again_and_the_verdict_says_which_is_gone()
    {
        Assert.Null(ReplayDecisions.Impossible(Asset, Job, inCatalogue: true));
        Assert.Equal(ReplayAnswer.PromptGone, ReplayDecisions.Impossible(Asset, Job with { Prompt = "" }, inCatalogue: true)!.Answer);
        Assert.Equal(ReplayAnswer.PromptGone, ReplayDecisions.Impossible(Asset, Job with { Prompt = null! }, inCatalogue: false)!.Answer);
        Assert.Equal(ReplayAnswer.PromptGone, ReplayDecisions.Impossible(Asset, null, inCatalogue: true)!.Answer);
        Assert.Equal(ReplayAnswer.ModelGone, ReplayDecisions.Impossible(Asset, Job, inCatalogue: false)!.Answer);
    }

    [Fact]
    public void A_failure_is_tried_again_until_there_were_three_and_one_that_cannot_change_ends_it_at_once()
    {
        var failure = new ReplayResult(null, new Failure("render_failed", "No."), MayRetry: true);
        Assert.IsType<ReplayAttemptFailed>(ReplayDecisions.Finish(Running, Asset, failure, Now));
        var last = Assert.IsType<AssetReplayed>(ReplayDecisions.Finish(Running with { Failures = ReplayDecisions.MaxFailures - 1 }, Asset, failure, Now));
        Assert.Equal((ReplayAnswer.Failed, "render_failed"), (last.Verdict.Answer, last.Verdict.Failure!.Code));
        Assert.IsType<AssetReplayed>(ReplayDecisions.Finish(Running, Asset, failure with { MayRetry = false }, Now));
    }

    [Fact]
    public void There_is_room_until_a_bound_is_reached()
    {
        Assert.Null(ReplayDecisions.Room(ReplayDecisions.MaxOpen - 1, ReplayDecisions.MaxPerDay - 1));
        Assert.Equal(Refused.RateExceeded, ReplayDecisions.Room(ReplayDecisions.MaxOpen, 0)!.Reason);
        Assert.Equal(Refused.RateExceeded, ReplayDecisions.Room(0, ReplayDecisions.MaxPerDay)!.Reason);
    }

    [Fact]
    public void A_repeated_event_changes_nothing_but_the_count()
    {
        object[] events =
        [
            new ReplayRequested(Asset.Id, Asset.Job, "sticker", "key", Now), new ReplayStarted(1, "silo-0:cpu0", Now), new ReplayAttemptFailed(1, new("render_failed", "No."), Now),
            new ReplayStarted(2, "silo-0:cpu0", Now), ReplayDecisions.Finish(Running with { Attempt = 2 }, Asset, new(new("pixels", "sha256:model", Then, null), null, false), Now), new ReplayCanceled("late", Now),
        ];
        ReplayView? once = null, twice = null;
        foreach (var e in events)
        {
            once = Replay.Apply(once, Running.Id, e);
            twice = Replay.Apply(Replay.Apply(twice, Running.Id, e), Running.Id, e);
            Assert.Equal(once, twice! with { Revision = once!.Revision });
        }
        Assert.Equal((ReplayState.Done, 2, 1, 6L), (once!.State, once.Attempt, once.Failures, once.Revision));
    }

    [Fact]
    public void A_comparison_measures_what_was_changed()
    {
        var one = new byte[64 * 64 * 3];
        for (var i = 0; i < one.Length; i++) one[i] = (byte)(i * 7 % 200);
        var other = (byte[])one.Clone();
        Assert.Equal((null, 0), (PixelComparison.Between(one, other, 64, 64).PsnrDecibels, PixelComparison.Between(one, other, 64, 64).LargestDifference));
        other[5] += 40;
        var difference = PixelComparison.Between(one, other, 64, 64);
        Assert.Equal((40, Math.Round(10 * Math.Log10(255.0 * 255 * one.Length / 1600), 2)), (difference.LargestDifference, difference.PsnrDecibels!.Value));
    }
}
