using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>
/// Which models are in the device's memory. A model is loaded on the thread pool when a picture first needs it, kept while any picture uses it, and
/// unloaded, least recently used first, when another needs its place. Who needs a place that is taken waits; those who come later wait behind, so that a
/// model in constant use keeps no other out for ever.
/// </summary>
internal sealed class ModelResidency(ModelCatalogue catalogue, EngineOptions options) : IDisposable
{
    private readonly Lock gate = new();
    private readonly BatchCalibration calibration = new(options);
    private readonly Dictionary<string, Resident> residents = new(StringComparer.Ordinal);
    private readonly LinkedList<TaskCompletionSource> waiting = [];
    private long uses, loads, loadTicks;
    private bool disposed;

    public long Loads => Interlocked.Read(ref loads);

    public TimeSpan LoadTime => TimeSpan.FromTicks(Interlocked.Read(ref loadTicks));

    /// <summary>The largest batch among the models in memory; null where there is none.</summary>
    public int? LargestBatch
    {
        get
        {
            lock (gate)
                return residents.Values.Max(resident => resident.Model is TextToImageModel model ? model.Batch : (int?)null);
        }
    }

    /// <summary>Names of the models that are in memory or on their way there.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (gate)
                return [.. residents.Keys];
        }
    }

    /// <summary>Makes models ready, all or none, and holds them until their leases are disposed; in the order of the names. Waits while their place is in use.</summary>
    /// <exception cref="ModelLoadException">One is unknown, broken, changed, or they do not fit into the budget at all.</exception>
    /// <exception cref="DeviceUnavailableException">The device cannot start.</exception>
    public async Task<IReadOnlyList<ModelLease>> Acquire(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        ModelCard[] cards = [.. names.Select(catalogue.Get)];
        var leases = await Reserve(cards, cancellation);
        try
        {
            foreach (var lease in leases)
                await lease.Ready(cancellation);
            return leases;
        }
        catch
        {
            foreach (var lease in leases)
                lease.Dispose();
            throw;
        }
    }

    /// <summary>Unloads everything; call when no picture is left.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            foreach (var resident in residents.Values)
                resident.Unload();
            residents.Clear();
            Wake();
        }
    }

    internal void Release(Resident resident)
    {
        lock (gate)
        {
            resident.Users--;
            Wake();
        }
    }

    private async Task<IReadOnlyList<ModelLease>> Reserve(ModelCard[] cards, CancellationToken cancellation)
    {
        LinkedListNode<TaskCompletionSource>? place = null;
        try
        {
            while (true)
            {
                Task change;
                lock (gate)
                {
                    ObjectDisposedException.ThrowIf(disposed, typeof(RenderingEngine));
                    if (waiting.First is null || waiting.First == place)
                    {
                        if (MakeRoomFor(cards))
                            return [.. cards.Select(Hold)];
                    }
                    place ??= waiting.AddLast(New());
                    if (place.Value.Task.IsCompleted)
                        place.Value = New();
                    change = place.Value.Task;
                }
                await change.WaitAsync(cancellation);
            }
        }
        finally
        {
            lock (gate)
                if (place is not null)
                {
                    waiting.Remove(place);
                    Wake();
                }
        }
    }

    private ModelLease Hold(ModelCard card)
    {
        if (!residents.TryGetValue(card.Name, out var resident) || resident.Failed)
            residents[card.Name] = resident = new Resident(card, Task.Run(() => Load(card), CancellationToken.None));
        resident.Users++;
        resident.LastUse = ++uses;
        return new ModelLease(this, resident);
    }

    // Only the first in line can go on.
    private void Wake() => waiting.First?.Value.TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Whether there is room now; idle models leave for it only when that is enough.
    private bool MakeRoomFor(ModelCard[] cards)
    {
        foreach (var failed in residents.Values.Where(resident => resident.Failed && resident.Users == 0).ToList())
            residents.Remove(failed.Card.Name);
        var pinned = residents.Values.Where(resident => options.Pinned.Contains(resident.Card.Name)).Select(resident => resident.Card).ToList();
        var least = cards.Union(pinned).Sum(card => card.ResidentBytes);
        if (least > options.MemoryBudget)
            throw new ModelDoesNotFitException(cards[0].Name, least, options.MemoryBudget, pinned.Count == 0 ? "no more" : "pinned models: " + string.Join(", ", pinned.Select(card => card.Name)));
        var excess = residents.Values.Select(resident => resident.Card).Union(cards).Sum(card => card.ResidentBytes) - options.MemoryBudget;
        var leaving = new List<Resident>();
        foreach (var idle in residents.Values.Where(resident => resident.Users == 0 && !cards.Contains(resident.Card) && !pinned.Contains(resident.Card)).OrderBy(resident => resident.LastUse))
        {
            if (excess <= 0)
                break;
            excess -= idle.Card.ResidentBytes;
            leaving.Add(idle);
        }
        if (excess > 0)
            return false;
        foreach (var idle in leaving)
        {
            residents.Remove(idle.Card.Name);
            idle.Unload();
        }
        return true;
    }

    private IResidentModel Load(ModelCard card)
    {
        if (!card.Devices.Contains(options.Device.Kind))
            throw new ModelLoadException(card.Name, $"it does not run on {options.Device}; its devices are {string.Join(", ", card.Devices)}.");
        var started = Stopwatch.GetTimestamp();
        try
        {
            ModelFiles.Check(card);
            return card.Kind switch
            {
                ModelKind.TextToImage => TextToImageModel.Open(card, options, calibration),
                ModelKind.Upscaler => Upscaler.Open(card, options),
                _ => throw new InvalidDataException("no device holds a model of this kind; a classifier is opened by itself."),
            };
        }
        catch (Exception bad) when (bad is OnnxRuntimeException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(card.Name, bad.Message, bad);
        }
        finally
        {
            Interlocked.Increment(ref loads);
            Interlocked.Add(ref loadTicks, Stopwatch.GetElapsedTime(started).Ticks);
        }
    }

    internal sealed class Resident(ModelCard card, Task<IResidentModel> loading)
    {
        public ModelCard Card => card;

        public Task<IResidentModel> Loading => loading;

        /// <summary>A load that failed is forgotten by the next request, which tries again.</summary>
        public bool Failed => loading.IsFaulted;

        /// <summary>The model, once it is loaded.</summary>
        public IResidentModel? Model { get; set; }

        public int Users { get; set; }

        public long LastUse { get; set; }

        // A load may still be going on when the engine stops; then its model goes as soon as it is there.
        public void Unload() => loading.ContinueWith(static done =>
        {
            if (done.IsCompletedSuccessfully)
                done.GetAwaiter().GetResult().Dispose();
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}

/// <summary>Holds a model in memory. Disposed once, by whoever used it last.</summary>
internal sealed class ModelLease(ModelResidency residency, ModelResidency.Resident resident) : IDisposable
{
    private bool disposed;

    public IResidentModel Model { get; private set; } = null!;

    /// <summary>Waits until the model is loaded.</summary>
    public async Task Ready(CancellationToken cancellation) => resident.Model = Model = await resident.Loading.WaitAsync(cancellation);

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        residency.Release(resident);
    }
}
