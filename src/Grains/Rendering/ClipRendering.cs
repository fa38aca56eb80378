using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Inference;
using RenderProgress = Vitrine.Inference.RenderProgress;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// Makes the clips of a job on a device, one after the other: each has several pictures in the engine at once as it is. A clip that a silo's end interrupts is begun anew elsewhere, with the same frames.
/// </summary>
public sealed class ClipRendering(ModelCatalogue catalogue, ClipFinishing finishing)
{
    /// <summary>A watcher is told of every so many frames.</summary>
    private const int ToldEvery = 8;

    /// <exception cref="RenderPausedException">The silo stops.</exception>
    public async Task<FinishedOutput> Make(
        IRenderingEngine engine, RenderOrder order, int clip, StartPicture? start, RenderSite site, Action<RenderProgress> tell, CancellationToken cancellation, CancellationToken pause)
    {
        var request = JobClips.RequestOf(order.View, clip, start?.Begin as ImageStart.FromPicture);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, pause);
        try
        {
            return await finishing.Finish(order, clip, request, Frames(engine, request, ending.Token), start, site, Told, ending.Token);
        }
        catch (OperationCanceledException) when (pause.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new RenderPausedException(null);
        }

        void Told(int frames)
        {
            if (frames % ToldEvery == 0 || frames == request.Frames) tell(new RenderProgress(frames, request.Frames, null));
        }
    }

    /// <summary>The digest of the same clip, made again.</summary>
    public Task<string> PixelDigest(IRenderingEngine engine, JobView job, int clip, StartPicture? start, CancellationToken cancellation) =>
        ClipFinishing.PixelDigest(Frames(engine, JobClips.RequestOf(job, clip, start?.Begin as ImageStart.FromPicture), cancellation), cancellation);

    private IAsyncEnumerable<ClipFrame> Frames(IRenderingEngine engine, ClipRequest request, CancellationToken cancellation) => new ClipRenderer(engine, catalogue).Render(request, cancellation);
}
