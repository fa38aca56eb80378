using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>
/// A graph whose inputs and outputs are [batch, fixed…], with one pinned buffer each for the largest batch and one binding for every batch size: after the
/// first run of a size, a run allocates nothing on the managed heap. Belongs to one thread.
/// </summary>
internal sealed class BoundGraph : IDisposable, ITerminable
{
    private readonly InferenceSession session;
    private readonly RunOptions runOptions = new();
    private readonly Slot[] inputs, outputs;
    private readonly Binding?[] bindings;
    private readonly bool copiesInputs, ownsSession;
    private readonly EngineOptions engine;

    private BoundGraph(InferenceSession session, Slot[] inputs, Slot[] outputs, EngineOptions engine, bool ownsSession = true)
    {
        (this.session, this.inputs, this.outputs, this.engine, this.ownsSession) = (session, inputs, outputs, engine, ownsSession);
        (MaxRows, PaddedRows) = (engine.MaxBatch, engine.PadsBatches ? engine.MaxBatch : 0);
        // On the processor a binding is the buffer itself; for another device ONNX Runtime copies the buffer when it is bound.
        copiesInputs = engine.Device.Kind != DeviceKind.Cpu;
        bindings = new Binding?[MaxRows + 1];
    }

    public int MaxRows { get; }

    /// <summary>A run of fewer rows runs so many, the rest zero; 0 for none. The size of a batch decides an accelerator's kernels and with them the last bits.</summary>
    public int PaddedRows { get; set; }

    /// <summary>Opens a graph and checks that it has these inputs (by name) and at least so many outputs (by position).</summary>
    /// <param name="openOutput">The row of an output whose sizes the graph leaves open, as exporters do where they depend on an input's.</param>
    /// <exception cref="InvalidDataException">The graph has another shape.</exception>
    public static BoundGraph Open(string path, EngineOptions engine, ReadOnlySpan<string> inputNames, int outputCount, long[]? openOutput = null)
    {
        var session = InferenceSessions.Open(path, engine);
        try
        {
            var (inputs, outputs) = (new Slot[inputNames.Length], new Slot[outputCount]);
            if (session.InputMetadata.Count != inputs.Length || session.OutputMetadata.Count < outputs.Length)
                throw new InvalidDataException($"{path}: expected the inputs {string.Join(", ", inputNames!)} and {outputCount} outputs; found {string.Join(", ", session.InputNames)} and {session.OutputNames.Count}.");
            for (var i = 0; i < inputs.Length; i++)
                inputs[i] = session.InputMetadata.TryGetValue(inputNames[i], out var meta)
                    ? Slot.Create(path, inputNames[i], meta, engine.MaxBatch)
                    : throw new InvalidDataException($"{path}: no input '{inputNames[i]}'; it has {string.Join(", ", session.InputNames)}.");
            for (var i = 0; i < outputs.Length; i++)
                outputs[i] = Slot.Create(path, session.OutputNames[i], session.OutputMetadata[session.OutputNames[i]], engine.MaxBatch, openOutput);
            return new BoundGraph(session, inputs, outputs, engine);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The same graph with buffers of its own, for another thread. Goes before this one does.</summary>
    public BoundGraph Beside() => new(session, Array.ConvertAll(inputs, slot => slot.Beside(MaxRows)), Array.ConvertAll(outputs, slot => slot.Beside(MaxRows)), engine, ownsSession: false) { PaddedRows = PaddedRows };

    /// <summary>The dimensions of one row of an input.</summary>
    public ReadOnlySpan<long> InputShape(int input) => inputs[input].RowShape;

    /// <summary>The dimensions of one row of an output.</summary>
    public ReadOnlySpan<long> OutputShape(int output) => outputs[output].RowShape;

    /// <summary>Where to write a row of an input of 32-bit floats.</summary>
    public Span<float> Input(int input, int row) => inputs[input].Row<float>(row);

    /// <summary>Where to write a row of an input of 64-bit integers.</summary>
    public Span<long> IdsInput(int input, int row) => inputs[input].Row<long>(row);

    /// <summary>A row of the last run's output; valid until the next run.</summary>
    public ReadOnlySpan<float> Output(int output, int row) => outputs[output].Row<float>(row);

    /// <summary>Runs the first rows.</summary>
    /// <exception cref="OnnxRuntimeException">The device failed.</exception>
    public void Run(int rows)
    {
        if (rows < PaddedRows)
        {
            foreach (var input in inputs)
                input.Clear(rows, PaddedRows);
            rows = PaddedRows;
        }
        var binding = bindings[rows] ??= new Binding(session, inputs, outputs, rows);
        if (copiesInputs)
            binding.BindInputs();
        session.RunWithBinding(runOptions, binding.Io);
    }

    public void Terminate(bool value) => runOptions.Terminate = value;

    public void Dispose()
    {
        foreach (var binding in bindings)
            binding?.Dispose();
        runOptions.Dispose();
        if (ownsSession)
            session.Dispose();
    }

    private sealed class Slot(string name, Array buffer, long[] rowShape)
    {
        public string Name => name;

        public long[] RowShape => rowShape;

        private int RowLength { get; } = RowLengthOf(rowShape);

        public static Slot Create(string path, string name, NodeMetadata meta, int rows, long[]? open = null)
        {
            var shape = meta.Dimensions.Select(d => (long)d).Skip(1).ToArray();
            for (var i = 0; i < shape.Length && shape.Length == open?.Length; i++)
                shape[i] = shape[i] <= 0 ? open[i] : shape[i];
            if (meta.Dimensions.Length == 0 || Array.Exists(shape, d => d <= 0) || shape.Aggregate(1L, (a, b) => a * b) * rows > 1 << 28)
                throw new InvalidDataException($"{path}: '{name}' must be [batch, fixed sizes…], not [{string.Join(", ", meta.Dimensions)}].");
            return meta.ElementType == typeof(float) || meta.ElementType == typeof(long)
                ? new Slot(name, Buffer(meta.ElementType == typeof(float), rows, shape), shape)
                : throw new InvalidDataException($"{path}: '{name}' must hold float32 or int64, not {meta.ElementType}.");
        }

        public Slot Beside(int rows) => new(name, Buffer(buffer is float[], rows, rowShape), rowShape);

        public Span<T> Row<T>(int row) => ((T[])buffer).AsSpan(row * RowLength, RowLength);

        public void Clear(int from, int to) => Array.Clear(buffer, from * RowLength, (to - from) * RowLength);

        public OrtValue Value(int rows)
        {
            long[] shape = [rows, .. rowShape];
            return buffer is float[] floats
                ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, floats.AsMemory(0, rows * RowLength), shape)
                : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ((long[])buffer).AsMemory(0, rows * RowLength), shape);
        }

        private static Array Buffer(bool floats, int rows, long[] shape) =>
            floats ? GC.AllocateArray<float>(rows * RowLengthOf(shape), pinned: true) : GC.AllocateArray<long>(rows * RowLengthOf(shape), pinned: true);

        private static int RowLengthOf(long[] shape) => (int)shape.Aggregate(1L, (a, b) => a * b);
    }

    private sealed class Binding : IDisposable
    {
        private readonly Slot[] inputs;
        private readonly OrtValue[] inputValues, outputValues;

        public Binding(InferenceSession session, Slot[] inputs, Slot[] outputs, int rows)
        {
            this.inputs = inputs;
            (inputValues, outputValues) = (Array.ConvertAll(inputs, slot => slot.Value(rows)), Array.ConvertAll(outputs, slot => slot.Value(rows)));
            Io = session.CreateIoBinding();
            BindInputs();
            for (var i = 0; i < outputs.Length; i++)
                Io.BindOutput(outputs[i].Name, outputValues[i]);
        }

        public OrtIoBinding Io { get; }

        public void BindInputs()
        {
            for (var i = 0; i < inputs.Length; i++)
                Io.BindInput(inputs[i].Name, inputValues[i]);
        }

        public void Dispose()
        {
            Io.Dispose();
            foreach (var value in inputValues.Concat(outputValues))
                value.Dispose();
        }
    }
}
