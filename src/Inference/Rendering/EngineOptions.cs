namespace Vitrine.Inference;

/// <summary>How one device is used. Every bound has its reason; the defaults suit a shared machine with two cores.</summary>
public sealed record EngineOptions
{
    /// <summary>The device. Default: the CPU.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>
    /// Threads inside one ONNX Runtime call, 1 to 64; matters on the CPU only. Default 1: threads that share a call wait for each other at every operator, lanes do
    /// not (see <see cref="Lanes"/>). Pixels do not depend on it.
    /// </summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>
    /// Threads that run batches of their own on this device, 1 to 64. They share the weights. Null (default): on the CPU one for each <see cref="IntraOpThreads"/> of
    /// its cores, at most <see cref="MostLanes"/>; on an accelerator one, because a larger batch is what it gains from. Pixels do not depend on it.
    /// </summary>
    public int? Lanes { get; init; }

    /// <summary>Lanes that nobody asked for: the buffers of more are better spent on a second silo.</summary>
    public const int MostLanes = 8;

    /// <summary>Whether waiting threads burn their core. Default false: on busy cores a picture took two to four times as long.</summary>
    public bool AllowSpinning { get; init; }

    /// <summary>
    /// The most rows of one run, 2 to 64, for which buffers are held; a picture with a negative prompt takes two. Default: 8 on a processor, which gains little beyond, and 32 on an accelerator. It bounds what is
    /// measured; what is used is <see cref="Batch"/>.
    /// </summary>
    public int MaxBatch { get => field != 0 ? field : Device.Kind == DeviceKind.Cpu ? 8 : 32; init; }

    /// <summary>Rows that one transformer run takes at most, 2 to <see cref="MaxBatch"/>. Null (default): measured for each model at load, see <see cref="CalibrationTime"/>.</summary>
    public int? Batch { get; init; }

    /// <summary>How long the best batch of a model is looked for when it is first loaded. Default: 0.4 s on a processor, 8 s on an accelerator; sizes beyond 4 that this leaves untried are not used.</summary>
    public TimeSpan CalibrationTime { get => field != default ? field : Device.Kind == DeviceKind.Cpu ? TimeSpan.FromSeconds(0.4) : TimeSpan.FromSeconds(8); init; }

    /// <summary>How long one call of the runtime may take before it is ended and its pictures fail. Default 2 minutes: the largest step that is still of use to anybody.</summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Always run all rows of a batch, unused ones zero. Null (default): only on CUDA, where the size of a batch decides which kernel
    /// runs and with it the last bits of the result. On the CPU a row is the same bits at every batch size (measured, and tested).
    /// </summary>
    public bool? PadBatches { get; init; }

    /// <summary>
    /// Whether a lane sets all its other pictures aside for an express one, or only those for which the batch has no room beside it. Null (default): all on the CPU, where every row
    /// makes a step longer by what it takes alone; on an accelerator a row more costs next to nothing. Pixels do not depend on it.
    /// </summary>
    public bool? ExpressAlone { get; init; }

    /// <summary>
    /// How far the threads of a processor yield to others who want a core, as a nice value of 0 to 19; with an express picture they do not. Default 0: not at all. Of no effect on an
    /// accelerator, whose threads have little to do but must do it soon.
    /// </summary>
    public int Nice { get => Device.Kind == DeviceKind.Cpu ? field : 0; init; }

    /// <summary>
    /// Folder for the engines that TensorRT builds; an NVIDIA GPU then runs through TensorRT what it can and the rest through CUDA. Null (default): CUDA alone. TensorRT picks its kernels by
    /// timing them, so only machines that share this folder and the kind of GPU make the same pixels to the bit; the first load of a model takes minutes.
    /// </summary>
    public string? TensorRtCache { get; init; }

    /// <summary>Pictures that may wait in a lane before <c>Render</c> itself waits, 1 to 65,536. Default 256.</summary>
    public int QueueCapacity { get; init; } = 256;

    /// <summary>Memory for resident models, in bytes. Default 2 GiB. The least recently used idle model leaves first.</summary>
    public long MemoryBudget { get; init; } = 2L << 30;

    /// <summary>Names of models that never leave once they are loaded. Default none.</summary>
    public IReadOnlyList<string> Pinned { get; init; } = [];

    /// <summary>The side of an upscaler's tile, in its own pixels, 32 to 512. Default 128: about 180 MiB at factor 4 and 0.15 s on one thread.</summary>
    public int UpscalerTile { get; init; } = 128;

    internal int LaneCount => Lanes ?? (Device.Kind == DeviceKind.Cpu ? Math.Clamp(Environment.ProcessorCount / IntraOpThreads, 1, MostLanes) : 1);

    internal bool RunsExpressAlone => ExpressAlone ?? Device.Kind == DeviceKind.Cpu;

    internal bool PadsBatches => PadBatches ?? Device.Kind == DeviceKind.Cuda;

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    internal void Validate()
    {
        InRange(IntraOpThreads, 1, 64, nameof(IntraOpThreads));
        InRange(LaneCount, 1, 64, nameof(Lanes));
        InRange(MaxBatch, 2, 64, nameof(MaxBatch));
        InRange(QueueCapacity, 1, 65_536, nameof(QueueCapacity));
        InRange(Nice, 0, YieldingThread.LargestNice, nameof(Nice));
        InRange(UpscalerTile, 32, 512, nameof(UpscalerTile));
        InRange(Batch ?? MaxBatch, BatchCalibration.Smallest, MaxBatch, nameof(Batch));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MemoryBudget);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CallLimit, TimeSpan.Zero);
    }

    private static void InRange(int value, int min, int max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
    }
}
