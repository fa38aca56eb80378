namespace Vitrine.Inference;

/// <summary>
/// Renders pictures on one device. Any number of callers may ask at once; the pictures share every denoising step that they can, and each comes out as if it
/// had been alone. Safe for concurrent use.
/// </summary>
public sealed class RenderingEngine : IRenderingEngine
{
    private readonly ModelCatalogue catalogue;
    private readonly EngineOptions options;
    private readonly LoopStatistics statistics;
    private readonly ModelResidency residency;
    private readonly DeviceLoop[] lanes;
    private readonly TimeProvider time;
    private readonly Action? betweenTurns;
    private readonly (int Express, int Rows)[] underWay;
    private readonly Lock choosing = new();
    private readonly ITimer watch;
    private bool stopping;

    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Starts the device's threads; loads no model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public RenderingEngine(ModelCatalogue catalogue, EngineOptions options, TimeProvider? time = null)
        : this(catalogue, options, time, betweenTurns: null)
    {
    }

    internal RenderingEngine(ModelCatalogue catalogue, EngineOptions options, TimeProvider? time, Action? betweenTurns)
    {
        options.Validate();
        // Who acts between turns means the turns of one thread, unless they say otherwise.
        if (betweenTurns is not null)
            options = options with { Lanes = options.Lanes ?? 1, Batch = options.Batch ?? options.MaxBatch };
        (this.catalogue, this.options) = (catalogue, options);
        statistics = new LoopStatistics(options.MaxBatch, options.LaneCount);
        residency = new ModelResidency(catalogue, options);
        (this.time, this.betweenTurns) = (time ?? TimeProvider.System, betweenTurns);
        lanes = [.. Enumerable.Range(0, options.LaneCount).Select(Open)];
        underWay = new (int, int)[lanes.Length];
        watch = this.time.CreateTimer(_ => Array.ForEach(lanes, lane => lane.Watch()), null, WatchEvery, WatchEvery);
    }

    /// <summary>The device that this engine was given.</summary>
    public Device Device => options.Device;

    /// <summary>What the engine has done and does now.</summary>
    public EngineStatistics Statistics => statistics.Snapshot() with { Loads = residency.Loads, LoadTime = residency.LoadTime };

    /// <summary>Names of the models that are in memory now.</summary>
    public IReadOnlyList<string> Resident => residency.Names;

    /// <inheritdoc/>
    public int Slots => options.LaneCount * ((residency.LargestBatch ?? options.Batch ?? options.MaxBatch) + 1);

    /// <inheritdoc/>
    public int ExpressSlots => options.LaneCount;

    /// <summary>How long a call of the runtime has gone on although it was told to end; zero where all is well. Only the end of the process ends such a call.</summary>
    public TimeSpan Overdue => lanes.Max(lane => lane.Overdue);

    /// <summary>
    /// Gives up the threads whose call has gone on for so long although it was told to end: what they had fails with <see cref="RenderFailure.Abandoned"/>, and their memory stays taken until the process
    /// ends. Returns whether any is given up; then the rest may finish, and whoever needs the device should ask another engine.
    /// </summary>
    public bool AbandonAfter(TimeSpan overdue)
    {
        var any = false;
        foreach (var lane in lanes)
            any |= lane.AbandonAfter(overdue);
        return any;
    }

    /// <inheritdoc/>
    public Task<RenderedImage> Render(
        ImageRequest request, Action<RenderProgress>? progress = null, CancellationToken cancellation = default, CancellationToken pause = default) =>
        // On the pool from here on: a caller with a scheduler of its own, as a grain has, must not spend its turns on pixels.
        Task.Run(() => RenderOnPool(request, progress, cancellation, pause), cancellation);

    /// <summary>Makes a model and its upscalers ready, so that the first picture need not wait for it.</summary>
    /// <exception cref="ModelLoadException">See <see cref="Render"/>.</exception>
    public async Task Load(string model, CancellationToken cancellation = default)
    {
        var card = catalogue.Get(model);
        foreach (var lease in await residency.Acquire([card.Name, .. card.Upscalers], cancellation))
            lease.Dispose();
    }

    /// <summary>Ends the current step, answers every picture that is left with <see cref="ObjectDisposedException"/>, unloads all models.</summary>
    public async ValueTask DisposeAsync()
    {
        await watch.DisposeAsync();
        lock (choosing)
            stopping = true;
        foreach (var lane in lanes)
            lane.Stop();
        await Task.WhenAll(lanes.Select(lane => Task.WhenAny(lane.Stopped, lane.Abandoned)));
        // The runtime still works in what a thread was given up in.
        if (!lanes.Any(lane => lane.Abandoned.IsCompleted))
            residency.Dispose();
    }

    private DeviceLoop Open(int lane)
    {
        var loop = new DeviceLoop(lane, options, time, statistics, betweenTurns);
        loop.Stopped.ContinueWith(_ => Reopen(lane, loop), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return loop;
    }

    // A thread that ended by an error of its own would take no picture any more, and look the idlest of all.
    private void Reopen(int lane, DeviceLoop ended)
    {
        lock (choosing)
            if (!stopping && ended.Broke)
            {
                lanes[lane] = Open(lane);
                statistics.Reopened();
            }
    }

    private async Task<RenderedImage> RenderOnPool(ImageRequest request, Action<RenderProgress>? progress, CancellationToken cancellation, CancellationToken pause)
    {
        var card = catalogue.Get(request.Model);
        if (card.Refuse(request) is { } refusal)
            throw new ImageRequestRefusedException(refusal);
        if (progress is null)
            return await RenderPicture(request, card, null, cancellation, pause);

        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task? reports = null;
        try
        {
            return await RenderPicture(request, card, picture => reports = Report(picture, progress, listening), listening.Token, pause);
        }
        finally
        {
            if (reports is not null)
                await reports;
        }
    }

    private async Task<RenderedImage> RenderPicture(ImageRequest request, ModelCard card, Action<Picture>? listen, CancellationToken cancellation, CancellationToken pause)
    {
        var upscalers = Enlargement.Plan(card.NativeSize, request.Width, request.Height, [.. card.Upscalers.Select(catalogue.Get)]);
        var leases = await residency.Acquire([card.Name, .. upscalers.Select(upscaler => upscaler.Name)], cancellation);
        var picture = new Picture(request, leases, reports: listen is not null, options.Device.Kind, cancellation, pause);
        var (lane, loop) = LeastBusyLane(picture);
        try
        {
            try
            {
                await loop.Enqueue(picture, cancellation);
            }
            catch (Exception notQueued)
            {
                picture.End(notQueued);
                throw;
            }
            listen?.Invoke(picture);
            if (await Task.WhenAny(picture.Completion, loop.Abandoned) == loop.Abandoned && !picture.Completion.IsCompleted)
                throw new RenderFailedException(RenderFailure.Abandoned, $"A call of the model on {options.Device} did not end although it was told to.");
            var image = Enlargement.Finish(await picture.Completion, request.Width, request.Height);
            return new RenderedImage(image, request.Seed, picture.StepsDone - picture.ResumedAt, picture.DeviceTime)
            {
                PromptTruncated = picture.Truncated, Latent = picture.KeptLatent, Denoised = picture.Denoised, ResumedAt = picture.ResumedAt, TimeAside = picture.TimeAside,
            };
        }
        finally
        {
            lock (choosing)
                Count(lane, picture, -1);
        }
    }

    // Express pictures do not choose the same lane while there is another: one of them would wait.
    private (int Lane, DeviceLoop Loop) LeastBusyLane(Picture picture)
    {
        lock (choosing)
        {
            var lane = Array.IndexOf(underWay, picture.Request.Express ? underWay.Min() : underWay.MinBy(each => each.Rows));
            Count(lane, picture, +1);
            return (lane, lanes[lane]);
        }
    }

    private void Count(int lane, Picture picture, int change)
    {
        underWay[lane].Rows += change * picture.Rows;
        if (picture.Request.Express)
            underWay[lane].Express += change;
    }

    private static async Task Report(Picture picture, Action<RenderProgress> progress, CancellationTokenSource listening)
    {
        try
        {
            await foreach (var report in picture.Progress!.ReadAllAsync(listening.Token))
                progress(report);
        }
        catch (OperationCanceledException) when (listening.IsCancellationRequested)
        {
            // The picture's own task says so.
        }
        catch
        {
            await listening.CancelAsync();
            throw;
        }
    }
}
