namespace Vitrine.Inference;

/// <summary>A resident text-to-image model: three graphs and perhaps an encoder and a decoder for previews, a tokenizer, a sampler. Its buffers belong to one thread of the device; other threads have lanes of their own over the same weights.</summary>
internal sealed class TextToImageModel : IResidentModel, ITerminable
{
    // The order in which the transformer's inputs are opened below.
    private const int Latent = 0, Timestep = 1, TextStates = 2, TextPooled = 3, GuidanceScale = 4, StepLength = 5;

    private readonly BoundGraph textEncoder, transformer, decoder;
    private readonly BoundGraph? encoder, previewer;
    private readonly TextToImageModel[] lanes;

    private TextToImageModel(
        ModelCard card, ClipTokenizer tokenizer, ISampler sampler, BoundGraph textEncoder, BoundGraph transformer, BoundGraph decoder, BoundGraph? encoder, BoundGraph? previewer, int laneCount)
    {
        (Card, Tokenizer, Sampler) = (card, tokenizer, sampler);
        (this.textEncoder, this.transformer, this.decoder, this.encoder, this.previewer) = (textEncoder, transformer, decoder, encoder, previewer);
        var latent = transformer.InputShape(Latent);
        (LatentRows, LatentColumns) = ((int)latent[^2], (int)latent[^1]);
        LatentLength = transformer.Input(Latent, 0).Length;
        StatesLength = transformer.Input(TextStates, 0).Length;
        PooledLength = transformer.Input(TextPooled, 0).Length;
        lanes = [this, .. Enumerable.Range(1, laneCount - 1).Select(_ => new TextToImageModel(card, tokenizer, sampler, textEncoder.Beside(), transformer.Beside(), decoder.Beside(), encoder?.Beside(), previewer?.Beside(), 1))];
    }

    /// <summary>Rows of one transformer run from which more rows bring no more pictures a second, see <see cref="BatchCalibration"/>.</summary>
    public int Batch { get; private set; }

    /// <summary>This model with the buffers of one thread.</summary>
    public TextToImageModel Lane(int lane) => lanes[lane];

    public ModelCard Card { get; }

    public ClipTokenizer Tokenizer { get; }

    public ISampler Sampler { get; }

    /// <summary>Numbers in one latent: channels x height x width.</summary>
    public int LatentLength { get; }

    /// <summary>The latent's cells from top to bottom.</summary>
    public int LatentRows { get; }

    /// <summary>The latent's cells from left to right.</summary>
    public int LatentColumns { get; }

    /// <summary>Numbers in the text encoder's hidden states: tokens x width.</summary>
    public int StatesLength { get; }

    /// <summary>Numbers in the pooled text.</summary>
    public int PooledLength { get; }

    /// <exception cref="InvalidDataException">The files do not fit the family or each other.</exception>
    public static TextToImageModel Open(ModelCard card, EngineOptions engine, BatchCalibration calibrations)
    {
        var tokenizer = ClipTokenizer.Load(Path.Combine(card.Folder, "tokenizer"), card.Pieces);
        var sampler = Samplers.Read(Path.Combine(card.Folder, "scheduler", "scheduler_config.json"));
        var opened = new List<BoundGraph>();
        try
        {
            BoundGraph Graph(string part, string[] inputs, int outputs, long[]? openOutput = null)
            {
                opened.Add(BoundGraph.Open(Path.Combine(card.Folder, part, "model.onnx"), engine, inputs, outputs, openOutput));
                return opened[^1];
            }

            var text = Graph("text_encoder", ["input_ids"], 2);
            var transformer = Graph("transformer", ["hidden_states", "timestep", "encoder_hidden_states", "pooled_projections", "guidance", "step"], 1);
            var decoder = Graph("vae_decoder", ["latent_sample"], 1);
            Expect(text.InputShape(0), [card.MaxPromptTokens], "text_encoder input_ids");
            Expect(text.OutputShape(0), transformer.InputShape(TextStates), "text_encoder last_hidden_state");
            Expect(text.OutputShape(1), transformer.InputShape(TextPooled), "text_encoder pooler_output");
            Expect(transformer.OutputShape(0), transformer.InputShape(Latent), "transformer out_hidden_states");
            Expect(decoder.InputShape(0), transformer.InputShape(Latent), "vae_decoder latent_sample");
            Expect(decoder.OutputShape(0), [3, card.NativeSize, card.NativeSize], "vae_decoder sample");
            if (transformer.InputShape(Latent).Length != 3)
                throw new InvalidDataException("transformer hidden_states is [channels, height, width] a row.");
            var encoder = card.TakesPictures ? Graph("vae_encoder", ["sample"], 1, openOutput: decoder.InputShape(0).ToArray()) : null;
            if (encoder is not null)
            {
                Expect(encoder.InputShape(0), decoder.OutputShape(0), "vae_encoder sample");
                Expect(encoder.OutputShape(0), decoder.InputShape(0), "vae_encoder latent_sample");
            }
            var previewer = File.Exists(Path.Combine(card.Folder, "preview_decoder", "model.onnx")) ? Graph("preview_decoder", ["latent_sample"], 1) : null;
            if (previewer is not null)
            {
                Expect(previewer.InputShape(0), decoder.InputShape(0), "preview_decoder latent_sample");
                Expect(previewer.OutputShape(0), decoder.OutputShape(0), "preview_decoder sample");
            }
            var model = new TextToImageModel(card, tokenizer, sampler, text, transformer, decoder, encoder, previewer, engine.LaneCount);
            model.SetBatch(engine.Batch ?? calibrations.For(card, transformer), engine.PadsBatches);
            return model;
        }
        catch
        {
            opened.ForEach(graph => graph.Dispose());
            throw;
        }
    }

    /// <summary>Where the token ids of a row go before <see cref="EncodeText"/>.</summary>
    public Span<long> TokenRow(int row) => textEncoder.IdsInput(0, row);

    /// <summary>Runs the text encoder over the first rows.</summary>
    public void EncodeText(int rows) => textEncoder.Run(rows);

    /// <summary>Copies a row of encoded text out.</summary>
    public EncodedText TextRow(int row) => new(textEncoder.Output(0, row).ToArray(), textEncoder.Output(1, row).ToArray());

    /// <summary>
    /// Writes one row of the transformer's batch. A guidance and step of 0 ask for the undistilled velocity; otherwise the guidance scale and four times
    /// the distance of the Euler step, as the model was distilled.
    /// </summary>
    public void SetRow(int row, ReadOnlySpan<float> latent, EncodedText text, float sigma, float next, float guidance)
    {
        latent.CopyTo(transformer.Input(Latent, row));
        text.States.CopyTo(transformer.Input(TextStates, row));
        text.Pooled.CopyTo(transformer.Input(TextPooled, row));
        transformer.Input(Timestep, row)[0] = Sampler.Timestep(sigma);
        transformer.Input(GuidanceScale, row)[0] = guidance;
        transformer.Input(StepLength, row)[0] = guidance == 0 ? 0 : 4 * (sigma - next);
    }

    /// <summary>Runs the transformer over the first rows.</summary>
    public void Predict(int rows) => transformer.Run(rows);

    /// <summary>What the transformer answered to a row, for the sampler.</summary>
    public ReadOnlySpan<float> Answer(int row) => transformer.Output(0, row);

    /// <summary>Where a picture of native size goes before <see cref="Encode"/>: three planes, -1 to 1.</summary>
    public Span<float> EncoderRow(int row) => encoder!.Input(0, row);

    /// <summary>Runs the picture encoder over the first rows.</summary>
    public void Encode(int rows) => encoder!.Run(rows);

    /// <summary>The clean latent of a row of pictures.</summary>
    public ReadOnlySpan<float> Encoded(int row) => encoder!.Output(0, row);

    /// <summary>Where a latent goes before <see cref="Decode"/>.</summary>
    public Span<float> DecoderRow(int row) => decoder.Input(0, row);

    /// <summary>Runs the decoder over the first rows.</summary>
    public void Decode(int rows) => decoder.Run(rows);

    /// <summary>A decoded row as a picture of 0 to 255, or null where a number is not finite.</summary>
    public PlanarImage? Decoded(int row) => Pixels(decoder.Output(0, row));

    /// <summary>Where the latent of a preview goes before <see cref="Preview"/>. A model without a decoder for previews has that of pictures do it, so these rows may be its.</summary>
    public Span<float> PreviewRow(int row) => (previewer ?? decoder).Input(0, row);

    /// <summary>Runs the decoder of previews over the first rows.</summary>
    public void Preview(int rows) => (previewer ?? decoder).Run(rows);

    /// <summary>A row of previews, as <see cref="Decoded"/>.</summary>
    public PlanarImage? Previewed(int row) => Pixels((previewer ?? decoder).Output(0, row));

    private PlanarImage? Pixels(ReadOnlySpan<float> sample)
    {
        if (!AllFinite(sample))
            return null;
        var image = new PlanarImage(Card.NativeSize, Card.NativeSize);
        for (var i = 0; i < sample.Length; i++)
            image.Values[i] = Math.Clamp((sample[i] + 1) * 127.5f, 0, 255);
        return image;
    }

    public void Terminate(bool value)
    {
        textEncoder.Terminate(value);
        transformer.Terminate(value);
        decoder.Terminate(value);
        encoder?.Terminate(value);
        previewer?.Terminate(value);
    }

    // x - x is 0 for a finite number and NaN otherwise.
    public static bool AllFinite(ReadOnlySpan<float> numbers)
    {
        var sum = 0f;
        foreach (var number in numbers)
            sum += number - number;
        return sum == 0;
    }

    public void Dispose()
    {
        foreach (var lane in lanes.Skip(1))
            lane.Dispose();
        textEncoder.Dispose();
        transformer.Dispose();
        decoder.Dispose();
        encoder?.Dispose();
        previewer?.Dispose();
    }

    private void SetBatch(int batch, bool pads)
    {
        foreach (var lane in lanes)
        {
            lane.Batch = batch;
            lane.transformer.PaddedRows = pads ? batch : 0;
        }
    }

    private static void Expect(ReadOnlySpan<long> found, ReadOnlySpan<long> wanted, string what)
    {
        if (!found.SequenceEqual(wanted))
            throw new InvalidDataException($"{what} is [{string.Join(", ", found.ToArray())}] a row, expected [{string.Join(", ", wanted.ToArray())}].");
    }
}

/// <summary>A prompt as the transformer reads it: states [tokens x width] and pooled [width].</summary>
internal sealed record EncodedText(float[] States, float[] Pooled)
{
    /// <summary>Number by number from a (amount 0) to b (amount 1).</summary>
    public static EncodedText Mix(EncodedText a, EncodedText b, float amount)
    {
        float[] Numbers(float[] from, float[] to)
        {
            var mixed = new float[from.Length];
            for (var i = 0; i < mixed.Length; i++)
                mixed[i] = (1 - amount) * from[i] + amount * to[i];
            return mixed;
        }

        return new(Numbers(a.States, b.States), Numbers(a.Pooled, b.Pooled));
    }
}

/// <summary>Something that occupies the memory of a device.</summary>
internal interface IResidentModel : IDisposable
{
    ModelCard Card { get; }
}
