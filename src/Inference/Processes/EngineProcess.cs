namespace Vitrine.Inference;

/// <summary>How the engine's process is started: a program that calls <see cref="EngineHost.Run"/> with its last argument.</summary>
public sealed record EngineProgram(string File, IReadOnlyList<string> Arguments);

/// <summary>
/// An engine in a process of its own, so that what ends it (a driver's fault, an illegal instruction, a call that never returns) ends no more than that.
/// The pictures that it was working on then go on from their checkpoints in a new process, each alone: whoever ends that one too is to blame and fails,
/// the others' callers notice nothing but the time.
/// </summary>
public sealed class EngineProcess : IRenderingEngine
{
    /// <summary>Requests that ended a process alone and are run alone from then on; beyond it the oldest is forgiven.</summary>
    public const int MostSuspects = 1000;

    /// <summary>A process that was lost is replaced no sooner than this after it was started, so that one that cannot start does not keep the machine busy.</summary>
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(500);

    private readonly EngineProgram program;
    private readonly ModelCatalogue catalogue;
    private readonly EngineOptions options;
    private readonly TimeProvider time;
    private readonly Turns turns = new();
    private readonly SemaphoreSlim starting = new(1);
    private readonly CancellationTokenSource stopped = new();
    private readonly HashSet<string> suspects = [];
    private readonly Queue<string> oldest = [];
    private EngineChild? child;
    private DateTimeOffset startedAt;
    private long crashes;

    /// <param name="catalogue">Read again by the process, from the same folder.</param>
    public EngineProcess(EngineProgram program, ModelCatalogue catalogue, EngineOptions options, TimeProvider? time = null)
    {
        options.Validate();
        (this.program, this.catalogue, this.options, this.time) = (program, catalogue, options, time ?? TimeProvider.System);
    }

    public Device Device => options.Device;

    /// <summary>Of the present process; <see cref="EngineStatistics.Crashes"/> counts those before it.</summary>
    public EngineStatistics Statistics => (child?.Statistics ?? new EngineStatistics()) with { Crashes = Interlocked.Read(ref crashes) };

    public IReadOnlyList<string> Resident => child?.Resident ?? [];

    public int Slots => child?.Slots is > 0 and var slots ? slots : options.LaneCount * (options.MaxBatch + 1);

    public int ExpressSlots => options.LaneCount;

    public async Task Load(string model, CancellationToken cancellation = default)
    {
        _ = catalogue.Get(model);
        using var turn = await turns.Enter(alone: false, cancellation);
        try
        {
            await (await Running(cancellation)).Load(model, cancellation);
        }
        catch (EngineLostException lost)
        {
            throw new ModelLoadException(model, $"the engine's process ended while it was loaded: {lost.Message}", lost);
        }
    }

    public Task<RenderedImage> Render(ImageRequest request, Action<RenderProgress>? progress = null, CancellationToken cancellation = default, CancellationToken pause = default) =>
        Task.Run(() => RenderOnPool(request, progress, cancellation, pause), cancellation);

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        await starting.WaitAsync();
        if (child is not null)
            await child.DisposeAsync();
        child = null;
        starting.Release();
    }

    private async Task<RenderedImage> RenderOnPool(ImageRequest request, Action<RenderProgress>? progress, CancellationToken cancellation, CancellationToken pause)
    {
        var card = catalogue.Get(request.Model);
        if (card.Refuse(request) is { } refusal)
            throw new ImageRequestRefusedException(refusal);
        var name = Convert.ToHexString(RequestDigest.Of(request, card.Digest));
        var (last, alone) = (request.Resume, IsSuspect(name));
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        void Listen(RenderProgress report)
        {
            last = report.Checkpoint ?? last;
            try
            {
                progress?.Invoke(report);
            }
            catch
            {
                listening.Cancel();
                throw;
            }
        }

        while (true)
        {
            using var turn = await turns.Enter(alone, cancellation);
            // Not yet begun: nothing to take along.
            if (pause.IsCancellationRequested)
                throw new RenderPausedException(last);
            try
            {
                return await (await Running(cancellation)).Render(request with { Resume = last }, progress is null && request.CheckpointEvery == 0 ? null : Listen, listening.Token, pause);
            }
            catch (EngineLostException lost) when (!stopped.IsCancellationRequested)
            {
                if (alone)
                {
                    Suspect(name);
                    throw new RenderFailedException(RenderFailure.Crashed, $"The engine's process ended while it made this picture alone on {options.Device}: {lost.Message}", lost);
                }
                alone = true;
            }
            catch (EngineLostException lost)
            {
                throw new ObjectDisposedException("The engine was stopped.", lost);
            }
        }
    }

    private async Task<EngineChild> Running(CancellationToken cancellation)
    {
        await starting.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(stopped.IsCancellationRequested, this);
            if (child is { Lost.IsCompleted: false })
                return child;
            if (child is not null)
            {
                Interlocked.Increment(ref crashes);
                await child.DisposeAsync();
                child = null;
                if (startedAt + ShortestLife - time.GetUtcNow() is { Ticks: > 0 } early)
                    await Task.Delay(early, time, cancellation);
            }
            startedAt = time.GetUtcNow();
            return child = await EngineChild.Start(program, catalogue.Folder, options, cancellation);
        }
        finally
        {
            starting.Release();
        }
    }

    private bool IsSuspect(string name)
    {
        lock (suspects)
            return suspects.Contains(name);
    }

    private void Suspect(string name)
    {
        lock (suspects)
        {
            if (!suspects.Add(name))
                return;
            oldest.Enqueue(name);
            if (oldest.Count > MostSuspects)
                suspects.Remove(oldest.Dequeue());
        }
    }
}
