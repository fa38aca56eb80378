namespace Vitrine.Inference;

/// <summary>
/// An engine in this process with one in a process of its own in reserve (<see cref="Apart"/>), which is started when it is needed and ended when it has been idle for a while. A call of the runtime here that does not
/// end although it was told to cannot be ended alone: its thread is given up, and from then on all pictures are made apart, those that it had first of all, from their last checkpoints.
/// </summary>
public sealed class GuardedEngine : IRenderingEngine
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private readonly RenderingEngine inner;
    private readonly Reserve reserve;
    private readonly TimeSpan patience;
    private readonly ITimer watch;
    private volatile bool stuck;

    /// <param name="program">Starts the reserve.</param>
    /// <param name="idle">How long the reserve lives without work; null for a minute.</param>
    /// <param name="patience">How long after it was told to a call must have ended; null for ten seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public GuardedEngine(EngineProgram program, ModelCatalogue catalogue, EngineOptions options, TimeProvider? time = null, TimeSpan? idle = null, TimeSpan? patience = null)
    {
        time ??= TimeProvider.System;
        inner = new RenderingEngine(catalogue, options, time);
        this.patience = patience ?? EngineChild.Patience;
        reserve = new Reserve(() => new EngineProcess(program, catalogue, options, time), options, time, idle ?? TimeSpan.FromMinutes(1));
        watch = time.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
    }

    /// <inheritdoc/>
    public Device Device => inner.Device;

    /// <inheritdoc/>
    public EngineStatistics Statistics => (stuck ? reserve.Statistics : inner.Statistics) with { Crashes = reserve.Statistics.Crashes };

    /// <inheritdoc/>
    public IReadOnlyList<string> Resident => Present.Resident;

    /// <inheritdoc/>
    public int Slots => Present.Slots;

    /// <inheritdoc/>
    public int ExpressSlots => Present.ExpressSlots;

    /// <inheritdoc/>
    public IRenderingEngine Apart => reserve;

    private IRenderingEngine Present => stuck ? reserve : inner;

    /// <inheritdoc/>
    public Task Load(string model, CancellationToken cancellation = default) => Present.Load(model, cancellation);

    /// <inheritdoc/>
    public async Task<RenderedImage> Render(ImageRequest request, Action<RenderProgress>? progress = null, CancellationToken cancellation = default, CancellationToken pause = default)
    {
        if (stuck)
            return await reserve.Render(request, progress, cancellation, pause);
        var last = request.Resume;
        void Listen(RenderProgress report)
        {
            last = report.Checkpoint ?? last;
            progress?.Invoke(report);
        }
        try
        {
            return await inner.Render(request, progress is null && request.CheckpointEvery == 0 ? null : Listen, cancellation, pause);
        }
        catch (RenderFailedException failed) when (failed.Reason == RenderFailure.Abandoned)
        {
            return await reserve.Render(request with { Resume = last }, progress, cancellation, pause);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await watch.DisposeAsync();
        await inner.DisposeAsync();
        await reserve.DisposeAsync();
    }

    private void Look()
    {
        if (inner.AbandonAfter(patience))
            stuck = true;
        if (!stuck)
            reserve.EndIfIdle();
    }

    /// <summary>An engine's process that is there while it is used.</summary>
    private sealed class Reserve(Func<EngineProcess> start, EngineOptions options, TimeProvider time, TimeSpan idle) : IRenderingEngine
    {
        private readonly Lock gate = new();
        private EngineProcess? process;
        private int users;
        private long idleSince, crashes;
        private bool stopped;

        public Device Device => options.Device;

        public EngineStatistics Statistics
        {
            get
            {
                lock (gate)
                    return process?.Statistics is { } now ? now with { Crashes = crashes + now.Crashes } : new EngineStatistics { Crashes = crashes };
            }
        }

        public IReadOnlyList<string> Resident
        {
            get
            {
                lock (gate)
                    return process?.Resident ?? [];
            }
        }

        public int Slots
        {
            get
            {
                lock (gate)
                    return process?.Slots ?? options.LaneCount * (options.MaxBatch + 1);
            }
        }

        public int ExpressSlots => options.LaneCount;

        public async Task Load(string model, CancellationToken cancellation = default)
        {
            var used = Use();
            try
            {
                await used.Load(model, cancellation);
            }
            finally
            {
                Leave();
            }
        }

        public async Task<RenderedImage> Render(ImageRequest request, Action<RenderProgress>? progress = null, CancellationToken cancellation = default, CancellationToken pause = default)
        {
            var used = Use();
            try
            {
                return await used.Render(request, progress, cancellation, pause);
            }
            finally
            {
                Leave();
            }
        }

        public void EndIfIdle()
        {
            EngineProcess? ending = null;
            lock (gate)
                if (process is not null && users == 0 && time.GetElapsedTime(idleSince) >= idle)
                    ending = Detach();
            if (ending is not null)
                _ = Task.Run(async () => await ending.DisposeAsync());
        }

        public async ValueTask DisposeAsync()
        {
            EngineProcess? ending;
            lock (gate)
                (stopped, ending) = (true, Detach());
            if (ending is not null)
                await ending.DisposeAsync();
        }

        private EngineProcess Use()
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(stopped, typeof(GuardedEngine));
                users++;
                return process ??= start();
            }
        }

        private void Leave()
        {
            lock (gate)
                if (--users == 0)
                    idleSince = time.GetTimestamp();
        }

        private EngineProcess? Detach()
        {
            var ending = process;
            crashes += ending?.Statistics.Crashes ?? 0;
            process = null;
            return ending;
        }
    }
}
