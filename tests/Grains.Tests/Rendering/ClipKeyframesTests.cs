using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Inference;
using Vitrine.Media;

namespace Vitrine.Grains.Tests;

public sealed class ClipKeyframesTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("vitrine-keyframes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Keyframes_are_written_by_the_rule_or_when_the_device_is_left_and_the_next_attempt_finds_them()
    {
        var checkpoints = CheckpointsOf(fixedSteps: 8);
        var (order, done) = (Order(attempt: 1), await Checkpoint());
        var first = new ClipKeyframes(checkpoints, order, clip: 1);
        await first.Keep(3, done);
        Assert.Null(await Second(order).Read(3, None));
        await first.Keep(5, done);
        Assert.NotNull(await Second(order).Read(3, None));
        Assert.NotNull(await Second(order).Read(5, None));
        // The same keyframe further on is not counted from its beginning.
        await first.Keep(5, done);
        await first.Keep(6, done);
        Assert.Null(await Second(order).Read(6, None));
        await first.WriteAll();
        Assert.NotNull(await Second(order).Read(6, None));
        // Another clip of the job has keyframes of its own, and a first attempt asks for none.
        Assert.Null(await new ClipKeyframes(checkpoints, order with { Attempt = 2 }, clip: 0).Read(3, None));
        Assert.Null(await first.Read(3, None));

        await checkpoints.Remove(order.Job, order.View);

        foreach (var keyframe in new[] { 3, 5, 6 }) Assert.Null(await Second(order).Read(keyframe, None));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));

        ClipKeyframes Second(RenderOrder before) => new(checkpoints, before with { Attempt = 2 }, clip: 1);
    }

    private Checkpoints CheckpointsOf(int fixedSteps) => new(new FileBlobStore(_folder, TimeProvider.System), new CheckpointInterval(fixedSteps));

    private static RenderOrder Order(int attempt)
    {
        var id = JobId.New();
        var view = new JobView
        {
            Id = id.Value, Project = "spring", Key = "k", Dialect = "native", RequestDigest = "", Prompt = "x", Images = 2, Model = "vitrine-sticker", Width = 64, Height = 64, Steps = 4, Guidance = 2,
            Format = PictureFormat.Mp4, Clip = new Clip(4, Motion.Loop, HasEndPrompt: true, EndSeed: null), SubmittedAt = DateTimeOffset.UnixEpoch,
        };
        return new RenderOrder(new JobKey(new TenantId("brand"), id), attempt, view);
    }

    /// <summary>Of any picture: what is kept does not look into it.</summary>
    private static async Task<StepCheckpoint> Checkpoint()
    {
        await using var engine = new RenderingEngine(ModelCatalogue.Load(Path.Combine(TestCluster.RepositoryRoot(), "models")), new EngineOptions());
        return (await engine.Render(new ImageRequest("vitrine-sticker", "a red apple", "", 1, 4, 2, 64, 64) { KeepLatent = true })).Denoised!;
    }
}
