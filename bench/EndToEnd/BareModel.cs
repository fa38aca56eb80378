using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Vitrine.Inference;

namespace Vitrine.Bench;

/// <summary>
/// The limit that the platform is measured against: the same graphs under the same session options, tokenizer, noise and sampler, one picture at a
/// time, and nothing around them. Sessions are shared by all workers, as ONNX Runtime allows.
/// </summary>
internal sealed class BareModel : IDisposable
{
    private readonly ModelCard _card;
    private readonly ClipTokenizer _tokenizer;
    private readonly RectifiedFlow _flow;
    private readonly InferenceSession _text, _transformer, _decoder;

    public BareModel(ModelCard card, EngineOptions engine)
    {
        InferenceSession Open(string part) => InferenceSessions.Open(Path.Combine(card.Folder, part, "model.onnx"), engine);
        _card = card;
        _tokenizer = ClipTokenizer.Load(Path.Combine(card.Folder, "tokenizer"), card.Pieces);
        using var schedule = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(card.Folder, "scheduler", "scheduler_config.json")));
        _flow = new RectifiedFlow(schedule.RootElement.GetProperty("shift").GetDouble());
        (_text, _transformer, _decoder) = (Open("text_encoder"), Open("transformer"), Open("vae_decoder"));
    }

    /// <param name="steps">Steps of its pictures; null for the model's own number.</param>
    public Worker NewWorker(int? steps = null) => new(this, steps ?? _card.Steps.Default);

    public void Dispose()
    {
        _text.Dispose();
        _transformer.Dispose();
        _decoder.Dispose();
    }

    /// <summary>One thread's buffers, bound once.</summary>
    public sealed class Worker : IDisposable
    {
        private readonly BareModel _model;
        private readonly Graph _text, _transformer, _decoder;
        private readonly float[] _sigmas;

        internal Worker(BareModel model, int steps)
        {
            _model = model;
            _text = new(model._text);
            _transformer = new(model._transformer);
            _decoder = new(model._decoder);
            _sigmas = model._flow.Sigmas(steps);
        }

        /// <summary>One encoding of a text and nothing else.</summary>
        public void EncodeText(string prompt)
        {
            _model._tokenizer.Encode(prompt, _text.Ids("input_ids"));
            _text.Run();
        }

        /// <summary>A picture at the model's own size and guidance: 8 bits a channel, R G B interleaved.</summary>
        public byte[] Render(string prompt, ulong seed)
        {
            _model._tokenizer.Encode(prompt, _text.Ids("input_ids"));
            _text.Run();
            var latent = _transformer.Floats("hidden_states");
            Philox.FillNormal(seed, latent);
            _text.Output(0).CopyTo(_transformer.Floats("encoder_hidden_states"));
            _text.Output(1).CopyTo(_transformer.Floats("pooled_projections"));
            _transformer.Floats("guidance")[0] = _model._card.Guidance.Default;
            for (var step = 0; step + 1 < _sigmas.Length; step++)
            {
                var (sigma, next) = (_sigmas[step], _sigmas[step + 1]);
                _transformer.Floats("timestep")[0] = 1000 * sigma;
                _transformer.Floats("step")[0] = 4 * (sigma - next);
                _transformer.Run();
                _model._flow.Step(latent, _transformer.Output(0), sigma, next);
            }
            latent.CopyTo(_decoder.Floats("latent_sample"));
            _decoder.Run();
            return Bytes(_decoder.Output(0));
        }

        public void Dispose()
        {
            _text.Dispose();
            _transformer.Dispose();
            _decoder.Dispose();
        }

        private static byte[] Bytes(ReadOnlySpan<float> planes)
        {
            var (plane, pixels) = (planes.Length / 3, new byte[planes.Length]);
            for (var i = 0; i < plane; i++)
                for (var channel = 0; channel < 3; channel++)
                    pixels[3 * i + channel] = (byte)(Math.Clamp((planes[channel * plane + i] + 1) * 127.5f, 0, 255) + 0.5f);
            return pixels;
        }
    }

    /// <summary>A graph bound to pinned buffers of one row, as the engine binds its own.</summary>
    private sealed class Graph : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly OrtIoBinding _binding;
        private readonly RunOptions _options = new();
        private readonly Dictionary<string, Array> _inputs = [];
        private readonly List<float[]> _outputs = [];
        private readonly List<OrtValue> _values = [];

        public Graph(InferenceSession session)
        {
            (_session, _binding) = (session, session.CreateIoBinding());
            foreach (var (name, meta) in session.InputMetadata)
            {
                var buffer = meta.ElementType == typeof(long) ? (Array)GC.AllocateArray<long>(Length(meta), pinned: true) : GC.AllocateArray<float>(Length(meta), pinned: true);
                _inputs[name] = buffer;
                _binding.BindInput(name, Value(buffer, meta));
            }
            foreach (var name in session.OutputNames)
            {
                var buffer = GC.AllocateArray<float>(Length(session.OutputMetadata[name]), pinned: true);
                _outputs.Add(buffer);
                _binding.BindOutput(name, Value(buffer, session.OutputMetadata[name]));
            }
        }

        public Span<long> Ids(string input) => (long[])_inputs[input];
        public Span<float> Floats(string input) => (float[])_inputs[input];
        public ReadOnlySpan<float> Output(int output) => _outputs[output];
        public void Run() => _session.RunWithBinding(_options, _binding);

        public void Dispose()
        {
            _binding.Dispose();
            _options.Dispose();
            _values.ForEach(value => value.Dispose());
        }

        private static long[] Shape(NodeMetadata meta) => [1, .. meta.Dimensions.Skip(1).Select(side => (long)side)];

        private static int Length(NodeMetadata meta) => (int)Shape(meta).Aggregate(1L, (product, side) => product * side);

        private OrtValue Value(Array buffer, NodeMetadata meta)
        {
            _values.Add(buffer is long[] ids
                ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ids.AsMemory(), Shape(meta))
                : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ((float[])buffer).AsMemory(), Shape(meta)));
            return _values[^1];
        }
    }
}
