using System.Text;

namespace Vitrine.Inference.Tests;

/// <summary>
/// Models of a few hundred bytes with the real files and graphs: pictures of 8 x 8, latents of 3 x 8 x 8 that are the picture, and a velocity of
/// latent / (guidance - 3), so that a guidance of 3 divides by zero for its own row alone.
/// </summary>
internal static class TinyModels
{
    public static void Write(TemporaryFolder folder, string name)
    {
        folder.Write($"{name}/tokenizer/vocab.json", """{"a</w>":0,"b</w>":1,"<|startoftext|>":2,"<|endoftext|>":3}"""u8);
        folder.Write($"{name}/tokenizer/merges.txt", "#version: 0.2\n"u8);
        folder.Write($"{name}/scheduler/scheduler_config.json", """{"_class_name":"FlowMatchEulerDiscreteScheduler","num_train_timesteps":1000,"shift":1}"""u8);
        folder.Write($"{name}/text_encoder/model.onnx", Onnx.Model(
            [Onnx.Input("input_ids", Onnx.Int64, 4)],
            [Onnx.Input("last_hidden_state", Onnx.Float, 4), Onnx.Input("pooler_output", Onnx.Float, 4)],
            [Onnx.Node("Cast", ["input_ids"], "last_hidden_state", ("to", 1)), Onnx.Node("Cast", ["input_ids"], "pooler_output", ("to", 1))]));
        folder.Write($"{name}/transformer/model.onnx", Onnx.Model(
            [
                Onnx.Input("hidden_states", Onnx.Float, 3, 8, 8), Onnx.Input("timestep", Onnx.Float), Onnx.Input("encoder_hidden_states", Onnx.Float, 4),
                Onnx.Input("pooled_projections", Onnx.Float, 4), Onnx.Input("guidance", Onnx.Float), Onnx.Input("step", Onnx.Float),
            ],
            [Onnx.Input("out_hidden_states", Onnx.Float, 3, 8, 8)],
            [
                Onnx.Node("Sub", ["guidance", "three"], "distance"), Onnx.Node("Reshape", ["distance", "column"], "divisor"),
                Onnx.Node("Div", ["hidden_states", "divisor"], "out_hidden_states"),
            ],
            [Onnx.Constant("three", 3f), Onnx.Constant("column", -1L, 1, 1, 1)]));
        folder.Write($"{name}/vae_decoder/model.onnx", Onnx.Model(
            [Onnx.Input("latent_sample", Onnx.Float, 3, 8, 8)], [Onnx.Input("sample", Onnx.Float, 3, 8, 8)], [Onnx.Node("Identity", ["latent_sample"], "sample")]));
        folder.Write($"{name}/vae_encoder/model.onnx", Onnx.Model(
            [Onnx.Input("sample", Onnx.Float, 3, 8, 8)], [Onnx.Input("latent_sample", Onnx.Float, 3, 8, 8)], [Onnx.Node("Identity", ["sample"], "latent_sample")]));
    }

    /// <summary>The same with a transformer that multiplies large matrices for minutes.</summary>
    public static void WriteSlow(TemporaryFolder folder, string name)
    {
        const int Side = 1024, Products = 4000;
        Write(folder, name);
        folder.Write($"{name}/transformer/model.onnx", Transformer(
            [
                Onnx.Node("Expand", ["timestep_one", "large"], "m0"),
                .. Enumerable.Range(0, Products).Select(i => Onnx.Node("MatMul", [$"m{i}", $"m{i}"], $"m{i + 1}")),
                Onnx.Node("ReduceMax", [$"m{Products}"], "most", ("keepdims", 0)), Onnx.Node("Add", ["hidden_states", "most"], "out_hidden_states"),
            ],
            [Onnx.Constant("large", (long)Side, Side)], Onnx.Node("ReduceMax", ["timestep"], "timestep_one", ("keepdims", 0))));
    }

    /// <summary>The same with a transformer that multiplies two matrices so large that this one operator takes seconds.</summary>
    public static void WriteHuge(TemporaryFolder folder, string name)
    {
        const int Side = 6144;
        Write(folder, name);
        folder.Write($"{name}/transformer/model.onnx", Transformer(
            [
                Onnx.Node("Expand", ["timestep_one", "large"], "matrix"), Onnx.Node("MatMul", ["matrix", "matrix"], "product"),
                Onnx.Node("ReduceMax", ["product"], "most", ("keepdims", 0)), Onnx.Node("Add", ["hidden_states", "most"], "out_hidden_states"),
            ],
            [Onnx.Constant("large", (long)Side, Side)], Onnx.Node("ReduceMax", ["timestep"], "timestep_one", ("keepdims", 0))));
    }

    /// <summary>
    /// The same with a transformer that divides the least whole number by 2 guidance - 7. At a guidance of 3 that is -1, the result has no room, and the processor ends
    /// the process.
    /// </summary>
    public static void WriteAborting(TemporaryFolder folder, string name)
    {
        Write(folder, name);
        folder.Write($"{name}/transformer/model.onnx", Transformer(
            [
                Onnx.Node("Add", ["guidance", "guidance"], "twice"), Onnx.Node("Sub", ["twice", "seven"], "distance"), Onnx.Node("Cast", ["distance"], "divisor", ("to", Onnx.Int64)),
                Onnx.Node("Div", ["least", "divisor"], "quotient"), Onnx.Node("Sub", ["quotient", "quotient"], "nothing"), Onnx.Node("Cast", ["nothing"], "zero", ("to", Onnx.Float)),
                Onnx.Node("Reshape", ["zero", "column"], "zeros"), Onnx.Node("Add", ["hidden_states", "zeros"], "out_hidden_states"),
            ],
            [Onnx.Constant("seven", 7f), Onnx.Constant("least", long.MinValue), Onnx.Constant("column", -1L, 1, 1, 1)]));
    }

    private static byte[] Transformer(byte[][] nodes, byte[][] constants, params byte[][] first) => Onnx.Model(
        [
            Onnx.Input("hidden_states", Onnx.Float, 3, 8, 8), Onnx.Input("timestep", Onnx.Float), Onnx.Input("encoder_hidden_states", Onnx.Float, 4),
            Onnx.Input("pooled_projections", Onnx.Float, 4), Onnx.Input("guidance", Onnx.Float), Onnx.Input("step", Onnx.Float),
        ],
        [Onnx.Input("out_hidden_states", Onnx.Float, 3, 8, 8)], [.. first, .. nodes], constants);

    /// <summary>The card of such a model as YAML, with the digest that its files have now.</summary>
    public static string Card(TemporaryFolder folder, string name, int residentMiB = 1) =>
        $$"""
          - name: {{name}}
            version: 1.0.0
            kind: text-to-image
            family: rectified-flow
            folder: {{name}}
            digest: {{ModelDigest.Compute(Path.Combine(folder.Path, name))}}
            licence: Apache-2.0
            residentMiB: {{residentMiB}}
            devices: [cpu]
            priceFactor: 1
            sizes: { min: 8, max: 1024, multiple: 8 }
            nativeSize: 8
            prompt: { tokens: 4, pieces: clip }
            steps: { default: 2, min: 1, max: 50 }
            guidance: { default: 4, min: 1, max: 6 }

        """;

    public static ModelCatalogue Catalogue(TemporaryFolder folder, params string[] cards)
    {
        folder.Write(ModelCatalogue.FileName, Encoding.UTF8.GetBytes("models:\n" + string.Concat(cards)));
        return ModelCatalogue.Load(folder.Path);
    }

    public static ImageRequest Request(string name) => new(name, "a b", "", Seed: 1, Steps: 2, Guidance: 4, Width: 8, Height: 8);
}
