using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Inference;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// The keyframes of one clip as checkpoints. They are written when as many steps were done since the last time as <see cref="CheckpointInterval"/> puts between two checkpoints, and when the device is left: so a
/// crash costs a clip no more steps than it costs a picture.
/// </summary>
public sealed class ClipKeyframes(Checkpoints checkpoints, RenderOrder order, int clip) : IKeyframes
{
    private readonly int _first = clip * JobClips.Denoised(order.View);
    private readonly Lock _gate = new();
    private readonly Dictionary<int, StepCheckpoint> _unwritten = [];
    private readonly Dictionary<int, int> _counted = [];
    private int _steps;

    public int CheckpointEvery => checkpoints.Interval.Steps;

    // A first attempt has nothing to go on from.
    public async Task<StepCheckpoint?> Read(int keyframe, CancellationToken cancellation) =>
        order.Attempt > 1 ? await checkpoints.Read(order.Job, _first + keyframe, cancellation) : null;

    public async Task Keep(int keyframe, StepCheckpoint checkpoint)
    {
        lock (_gate)
        {
            _unwritten[keyframe] = checkpoint;
            _steps += checkpoint.StepsDone - _counted.GetValueOrDefault(keyframe);
            _counted[keyframe] = checkpoint.StepsDone;
            if (checkpoints.Interval.Steps is not (> 0 and var interval) || _steps < interval) return;
        }
        await WriteAll();
    }

    public void Measure(RenderedImage keyframe)
    {
        RenderTelemetry.Resumed(keyframe.ResumedAt);
        checkpoints.Interval.Stepped(keyframe.DeviceTime, keyframe.StepsRun);
    }

    /// <summary>The device is left.</summary>
    public async Task WriteAll()
    {
        List<KeyValuePair<int, StepCheckpoint>> writing;
        lock (_gate)
        {
            writing = [.. _unwritten];
            _unwritten.Clear();
            _steps = 0;
        }
        foreach (var (keyframe, checkpoint) in writing) await checkpoints.Write(order.Job, _first + keyframe, checkpoint);
    }
}
