namespace Vitrine.Inference;

/// <summary>
/// Where the keyframes of a clip stand, so that whoever goes on with it denoises none of them again. They are numbered from 0 to one below <see cref="ClipRequest.Denoised"/>. Called for several at once.
/// </summary>
public interface IKeyframes
{
    /// <summary>Steps between two points at which a keyframe is kept on its way; 0 for its end only.</summary>
    int CheckpointEvery { get; }

    /// <summary>What was kept; null where nothing was. A checkpoint of another picture does no harm: it does not fit, and the keyframe begins at its noise.</summary>
    Task<StepCheckpoint?> Read(int keyframe, CancellationToken cancellation);

    /// <summary>A keyframe came so far: to its end, to a point on its way, or to the step at which it left its device.</summary>
    Task Keep(int keyframe, StepCheckpoint checkpoint);

    /// <summary>A keyframe is done: what it took.</summary>
    void Measure(RenderedImage keyframe);
}
