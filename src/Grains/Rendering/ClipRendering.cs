using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Inference;
using RenderProgress = Vitrine.Inference.RenderProgress;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// Makes the clips of a job on a device, one after the other: each has several pictures in the engine at once as it is. A clip that is interrupted goes on elsewhere with the keyframes that were denoised
/// (<see cref="ClipKeyframes"/>); its frames are decoded and encoded anew, to the same pixels.
/// </summary>
public sealed class ClipRendering(ModelCatalogue catalogue, ClipFinishing finishing, Checkpoints checkpoints)
{
    /// <summary>A watcher is told of every so many frames.</summary>
    private const int ToldEvery = 8;

    /// <exception cref="RenderPausedException">The silo stops.</exception>
    public async Task<FinishedOutput> Make(
        IRenderingEngine engine, RenderOrder order, int clip, StartPicture? start, RenderSite site, Action<RenderProgress> tell, CancellationToken cancellation, CancellationToken pause)
    {
        var request = JobClips.RequestOf(order.View, clip, start?.Begin as ImageStart.FromPicture);
        var keyframes = new ClipKeyframes(checkpoints, order, clip);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, pause);
        try
        {
            var frames = new ClipRenderer(engine, catalogue).Render(request, keyframes, cancellation, pause);
            return await finishing.Finish(order, clip, request, frames, start, site, Told, ending.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or RenderPausedException && pause.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            await keyframes.WriteAll();
            throw new RenderPausedException(null);
        }

        void Told(int frames)
        {
            if (frames % ToldEvery == 0 || frames == request.Frames) tell(new RenderProgress(frames, request.Frames, null));
        }
    }

    /// <summary>The digest of the same clip, made again.</summary>
    public Task<string> PixelDigest(IRenderingEngine engine, JobView job, int clip, StartPicture? start, CancellationToken cancellation) =>
        ClipFinishing.PixelDigest(new ClipRenderer(engine, catalogue).Render(JobClips.RequestOf(job, clip, start?.Begin as ImageStart.FromPicture), cancellation), cancellation);
}
