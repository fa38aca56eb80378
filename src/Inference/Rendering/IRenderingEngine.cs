namespace Vitrine.Inference;

/// <summary>Renders pictures on one device: in this process (<see cref="RenderingEngine"/>) or in one of its own (<see cref="EngineProcess"/>). Safe for concurrent use.</summary>
public interface IRenderingEngine : IAsyncDisposable
{
    /// <summary>The device that this engine was given.</summary>
    Device Device { get; }

    /// <summary>What the engine has done and does now.</summary>
    EngineStatistics Statistics { get; }

    /// <summary>Names of the models that are in memory now.</summary>
    IReadOnlyList<string> Resident { get; }

    /// <summary>
    /// Pictures that the device is kept busy by: a batch for each of its threads, and one more each that is ready when another leaves. More would only wait inside, where nobody else's
    /// turn comes between.
    /// </summary>
    int Slots { get; }

    /// <summary>Pictures beyond <see cref="Slots"/> that may be <see cref="ImageRequest.Express"/> at once: one for each thread of the device. Further ones wait for their turn.</summary>
    int ExpressSlots { get; }

    /// <summary>The same device in a process of its own, for requests that are suspected of ending the process that they run in; this engine where it is that already, or where there is none.</summary>
    IRenderingEngine Apart => this;

    /// <summary>Makes a model and its upscalers ready, so that the first picture need not wait for it.</summary>
    /// <exception cref="ModelLoadException">See <see cref="Render"/>.</exception>
    Task Load(string model, CancellationToken cancellation = default);

    /// <summary>
    /// Renders one picture; waits its turn, express ones before others and else first come, first served. Cancelling answers at once, and the device lets go of the picture within one
    /// denoising step or tile.
    /// </summary>
    /// <param name="progress">Called after every step, in order, on a pool thread; a slow listener misses steps, and delays nobody but its own answer.
    /// An exception from it cancels the picture and is thrown here.</param>
    /// <param name="pause">When it fires, the picture leaves the device within one step or tile, for another day or another device.</param>
    /// <exception cref="ImageRequestRefusedException">The model does not take such a request.</exception>
    /// <exception cref="ModelLoadException">The model, or an upscaler that the size needs, could not be made ready.</exception>
    /// <exception cref="DeviceUnavailableException">The device could not be started.</exception>
    /// <exception cref="RenderFailedException">This picture failed on the device.</exception>
    /// <exception cref="RenderPausedException">It left because of <paramref name="pause"/>.</exception>
    /// <exception cref="ObjectDisposedException">The engine was stopped first.</exception>
    Task<RenderedImage> Render(ImageRequest request, Action<RenderProgress>? progress = null, CancellationToken cancellation = default, CancellationToken pause = default);
}
