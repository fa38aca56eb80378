using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Inference;
using Vitrine.Policies;

namespace Vitrine.Grains.Tests;

public sealed class JobClipsTests
{
    private static readonly ModelCatalogue Catalogue = ModelCatalogue.Load(Path.Combine(TestCluster.RepositoryRoot(), "models"));
    private static readonly Principal Ada = new(new TenantId("brand"), new KeyId("key"), Scopes.Generate, new ProjectId("launch"), new UserId("ada"));
    private static readonly SubmitJob Zoom = new(
        Ada, Ada.Project!.Value, Ada.User, null, "digest", "native", "a red fox", null, null, 1, null, null, 7, 4, null, PictureFormat.Mp4, 100, Speed.Fast, 0, null, RandomSeed: 42, Clip: new AskedClip(2, Motion.ZoomIn));

    private static readonly AskedStart Start = new("input_01", null, 0.5f);

    public static TheoryData<string, SubmitJob> Wrong => new()
    {
        { "format", Zoom with { Format = PictureFormat.Png } },
        { "format", Zoom with { Clip = null } },
        { "n", Zoom with { Images = JobClips.MaxClips + 1 } },
        { "n", Zoom with { Images = 0 } },
        { "clip", Zoom with { Clip = new(1, Motion.ZoomIn) } },
        { "clip", Zoom with { Clip = new(11, Motion.ZoomIn) } },
        { "clip", Zoom with { Clip = new(2, (Motion)99) } },
        { "clip", Zoom with { Clip = new(2, Motion.Hold) } },
        { "clip", Zoom with { Clip = new(2, Motion.Hold, EndSeed: -1) } },
        { "clip", Zoom with { Clip = new(2, Motion.Hold, EndSeed: long.MaxValue) } },
        { "size", Zoom with { Width = 640, Height = 368 } },
        { "size", Zoom with { Width = 56, Height = 56 } },
        { "size", Zoom with { Width = 728, Height = 728 } },
        { "size", Zoom with { Width = int.MaxValue, Height = int.MaxValue } },
        { "size", Zoom with { Width = -480, Height = -480 } },
        { "negative_prompt", Zoom with { NegativePrompt = "text" } },
        { "previews", Zoom with { Previews = 1 } },
        { "mask", Zoom with { Start = Start with { Mask = "input_02" } } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void What_no_clip_can_be_is_refused_by_the_field_that_asks_for_it(string field, SubmitJob asked)
    {
        var (accepted, refusal) = JobDecisions.Resolve(asked, Catalogue, JobHistory.Noon);

        Assert.Equal((null, field), (accepted, refusal?.Field));
    }

    [Theory]
    [InlineData(640, 360), InlineData(360, 640), InlineData(1280, 720), InlineData(720, 1280), InlineData(64, 64), InlineData(1024, 576)]
    public void A_clip_is_square_wide_or_tall(int width, int height)
    {
        var accepted = Resolved(Zoom with { Width = width, Height = height });

        Assert.Equal((width, height), (accepted.Width, accepted.Height));
        var request = JobClips.RequestOf(Accepted(Zoom with { Width = width, Height = height }), 0, null);
        Assert.Equal((width, height), (request.Width, request.Height));
    }

    [Fact]
    public void Without_a_size_it_is_a_square_of_480() => Assert.Equal((480, 480), (Resolved(Zoom).Width, Resolved(Zoom).Height));

    [Fact]
    public void A_silo_without_the_encoder_accepts_pictures_and_says_why_it_accepts_no_clip()
    {
        var (accepted, refusal) = JobDecisions.Resolve(Zoom, Catalogue, JobHistory.Noon, makesClips: false);

        Assert.Null(accepted);
        Assert.Contains("ffmpeg", refusal!.Sentence, StringComparison.Ordinal);
        Assert.NotNull(JobDecisions.Resolve(Zoom with { Clip = null, Format = PictureFormat.Png }, Catalogue, JobHistory.Noon, makesClips: false).Accepted);
    }

    [Theory]
    [InlineData(Motion.ZoomIn, null, null, 1, 2)] // One picture, however long the clip.
    [InlineData(Motion.Loop, null, null, 6, 2)] // 48 frames, a keyframe every eighth.
    [InlineData(Motion.Hold, "a lemon", null, 14, 2)] // 47 steps between frames in 6 intervals, so 7 keyframes, twice.
    [InlineData(Motion.PanUp, null, 9L, 14, 2)]
    [InlineData(Motion.Loop, "a lemon", 9L, 60, 10)]
    public void A_clip_costs_an_evaluation_a_step_of_its_keyframes_and_one_a_frame(Motion motion, string? endPrompt, long? endSeed, int keyframes, int seconds)
    {
        var asked = Zoom with { Images = 2, Clip = new(seconds, motion, endPrompt, endSeed), Width = 64, Height = 64 };

        var cost = JobDecisions.Cost(asked, Resolved(asked));

        Assert.Equal(new Credits(2L * (keyframes * 4 + seconds * 24) * 64 * 64), cost);
        var events = JobDecisions.Accept(asked, new PromptDecision.Allowed([], ""), "sha256:policy", Resolved(asked), "2026-03", cost);
        Assert.Equal(cost, JobDecisions.Cost(events.OfType<PromptSubmitted>().Single() with { EndPrompt = null }, events.OfType<JobAccepted>().Single()));
    }

    [Fact]
    public void The_cost_is_that_of_the_pictures_which_the_renderer_denoises()
    {
        foreach (var motion in Enum.GetValues<Motion>())
            foreach (var clip in new AskedClip[] { new(3, motion, "a lemon"), new(5, motion, EndSeed: 3), new(4, motion) })
                if (clip is not { Motion: Motion.Hold, EndPrompt: null, EndSeed: null })
                {
                    var asked = Zoom with { Clip = clip };
                    Assert.Equal(JobClips.Evaluations(Resolved(asked)), JobClips.RequestOf(Accepted(asked), 0, null).Denoised * 4 + clip.Seconds * 24);
                }
    }

    [Fact]
    public void Later_clips_of_a_job_have_later_seeds_at_both_ends()
    {
        var job = Accepted(Zoom with { Images = 3, Clip = new(2, Motion.Loop, "a lemon", 100) });

        var request = JobClips.RequestOf(job, 2, null);

        Assert.Equal((9UL, 102UL, "a red fox", "a lemon", ClipMotion.Loop), (request.Seed, request.SecondSeed, request.Prompt, request.SecondPrompt, request.Motion));
    }

    [Fact]
    public void What_a_clip_ends_with_is_screened_too()
    {
        Assert.Equal("a red fox\na lemon", JobDecisions.Depicted(Zoom with { Clip = new(2, Motion.Hold, "a lemon") }));
        Assert.Equal("a red fox", JobDecisions.Depicted(Zoom));
    }

    private static JobView Accepted(SubmitJob asked) =>
        Job.Fold(null, "job_1", JobDecisions.Accept(asked, new PromptDecision.Allowed([], ""), "sha256:policy", Resolved(asked), "2026-03", new Credits(1)))!;

    private static JobAccepted Resolved(SubmitJob asked)
    {
        var (accepted, refusal) = JobDecisions.Resolve(asked, Catalogue, JobHistory.Noon);
        Assert.True(accepted is not null, refusal?.Sentence);
        return accepted;
    }
}
