using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>
/// Which models are in the device's memory. A model is loaded on the thread pool when a picture first needs it, kept while any picture uses it, and
/// unloaded, least recently used first, when another needs its place.
/// </summary>
internal sealed class ModelResidency(ModelCatalogue catalogue, EngineOptions options) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Resident> residents = new(StringComparer.Ordinal);
    private long uses;
    private bool disposed;

    /// <summary>Makes a model ready and holds it until the lease is disposed.</summary>
    /// <exception cref="ModelLoadException">It is unknown, broken, changed, or does not fit.</exception>
    /// <exception cref="DeviceUnavailableException">The device cannot start.</exception>
    public async Task<ModelLease> Acquire(string name, CancellationToken cancellation)
    {
        var card = catalogue.Get(name);
        Resident resident;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(RenderingEngine));
            if (!residents.TryGetValue(card.Name, out resident!) || resident.Failed)
            {
                residents.Remove(card.Name);
                MakeRoomFor(card);
                resident = new Resident(card, Task.Run(() => Load(card), CancellationToken.None));
                residents.Add(card.Name, resident);
            }
            resident.Users++;
            resident.LastUse = ++uses;
        }
        var lease = new ModelLease(this, resident);
        try
        {
            lease.Model = await resident.Loading.WaitAsync(cancellation);
            return lease;
        }
        catch
        {
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
        }
    }

    internal void Release(Resident resident)
    {
        lock (gate)
        {
            resident.Users--;
        }
    }

    private void MakeRoomFor(ModelCard card)
    {
        while (residents.Values.Sum(resident => resident.Card.ResidentBytes) + card.ResidentBytes > options.MemoryBudget)
        {
            var idle = residents.Values.Where(resident => resident.Users == 0).MinBy(resident => resident.LastUse)
                ?? throw new ModelDoesNotFitException(card.Name, card.ResidentBytes, options.MemoryBudget,
                    residents.Count == 0 ? "no other model" : "models in use: " + string.Join(", ", residents.Keys));
            residents.Remove(idle.Card.Name);
            idle.Unload();
        }
    }

    private IResidentModel Load(ModelCard card)
    {
        if (!card.Devices.Contains(options.Device.Kind))
            throw new ModelLoadException(card.Name, $"it does not run on {options.Device}; its devices are {string.Join(", ", card.Devices)}.");
        try
        {
            ModelFiles.Check(card);
            return card.Kind switch
            {
                ModelKind.TextToImage => TextToImageModel.Open(card, options),
                ModelKind.Upscaler => Upscaler.Open(card, options),
                _ => throw new InvalidDataException("no device holds a model of this kind; a classifier is opened by itself."),
            };
        }
        catch (Exception bad) when (bad is OnnxRuntimeException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(card.Name, bad.Message, bad);
        }
    }

    internal sealed class Resident(ModelCard card, Task<IResidentModel> loading)
    {
        public ModelCard Card => card;

        public Task<IResidentModel> Loading => loading;

        /// <summary>A load that failed is forgotten by the next request, which tries again.</summary>
        public bool Failed => loading.IsFaulted;

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

    public IResidentModel Model { get; set; } = null!;

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        residency.Release(resident);
    }
}
