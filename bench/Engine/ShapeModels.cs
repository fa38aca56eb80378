using System.Globalization;
using System.Text;
using Vitrine.Inference;

namespace Vitrine.Bench;

/// <summary>Two models whose pictures mean nothing and whose shapes do: one is bound by reading its weights, the other by arithmetic.</summary>
internal static class ShapeModels
{
    private const int Latent = 3 * 16 * 16, Layers = 4;

    /// <summary>Writes the folders and their catalogue.</summary>
    public static ModelCatalogue Write(string folder)
    {
        // Rows of one vector through wide matrices: every weight is read for two operations, and eight rows read it once.
        var memory = Model(folder, "memory-bound", tokens: 1, width: Latent, inner: 4096);
        // Many vectors a row: the matrices stay in the cache, and eight rows are eight times the work.
        var arithmetic = Model(folder, "arithmetic-bound", tokens: 768, width: 1, inner: 256);
        File.WriteAllText(Path.Combine(folder, ModelCatalogue.FileName), "models:\n" + memory + arithmetic);
        return ModelCatalogue.Load(folder);
    }

    private static string Model(string folder, string name, int tokens, int width, int inner)
    {
        var root = Path.Combine(folder, name);
        foreach (var part in (string[])["tokenizer", "scheduler", "text_encoder", "transformer", "vae_decoder"])
            Directory.CreateDirectory(Path.Combine(root, part));
        File.WriteAllText(Path.Combine(root, "tokenizer", "vocab.json"), """{"a</w>":0,"b</w>":1,"<|startoftext|>":2,"<|endoftext|>":3}""");
        File.WriteAllText(Path.Combine(root, "tokenizer", "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(Path.Combine(root, "scheduler", "scheduler_config.json"), """{"_class_name":"FlowMatchEulerDiscreteScheduler","num_train_timesteps":1000,"shift":1}""");
        Graph(root, "text_encoder",
            Onnx.Model([Onnx.Input("input_ids", Onnx.Int64, 4)], [Onnx.Input("last_hidden_state", Onnx.Float, 4), Onnx.Input("pooler_output", Onnx.Float, 4)],
                [Onnx.Node("Cast", ["input_ids"], "last_hidden_state", ("to", 1)), Onnx.Node("Cast", ["input_ids"], "pooler_output", ("to", 1))]));
        Graph(root, "vae_decoder",
            Onnx.Model([Onnx.Input("latent_sample", Onnx.Float, 3, 16, 16)], [Onnx.Input("sample", Onnx.Float, 3, 16, 16)], [Onnx.Node("Identity", ["latent_sample"], "sample")]));

        var nodes = new List<byte[]> { Onnx.Node("Reshape", ["hidden_states", "rows"], "x0") };
        var constants = new List<byte[]> { Onnx.Constant("rows", -1L, tokens, width), Onnx.Constant("back", -1L, 3, 16, 16) };
        for (var layer = 0; layer < Layers; layer++)
        {
            constants.Add(Onnx.Weights($"up{layer}", 17 + layer, width, inner));
            constants.Add(Onnx.Weights($"mid{layer}", 31 + layer, inner, tokens > 1 ? inner : 64));
            constants.Add(Onnx.Weights($"down{layer}", 53 + layer, tokens > 1 ? inner : 64, width));
            nodes.Add(Onnx.Node("MatMul", [$"x{layer}", $"up{layer}"], $"a{layer}"));
            nodes.Add(Onnx.Node("Tanh", [$"a{layer}"], $"b{layer}"));
            nodes.Add(Onnx.Node("MatMul", [$"b{layer}", $"mid{layer}"], $"c{layer}"));
            nodes.Add(Onnx.Node("MatMul", [$"c{layer}", $"down{layer}"], $"x{layer + 1}"));
        }
        nodes.Add(Onnx.Node("Reshape", [$"x{Layers}", "back"], "out_hidden_states"));
        Graph(root, "transformer", Onnx.Model(
            [
                Onnx.Input("hidden_states", Onnx.Float, 3, 16, 16), Onnx.Input("timestep", Onnx.Float), Onnx.Input("encoder_hidden_states", Onnx.Float, 4),
                Onnx.Input("pooled_projections", Onnx.Float, 4), Onnx.Input("guidance", Onnx.Float), Onnx.Input("step", Onnx.Float),
            ],
            [Onnx.Input("out_hidden_states", Onnx.Float, 3, 16, 16)], [.. nodes], [.. constants]));
        return string.Create(CultureInfo.InvariantCulture, $$"""
              - name: {{name}}
                version: 1.0.0
                kind: text-to-image
                family: rectified-flow
                folder: {{name}}
                digest: {{ModelDigest.Compute(root)}}
                licence: Apache-2.0
                residentMiB: 256
                devices: [cpu]
                priceFactor: 1
                sizes: { min: 8, max: 1024, multiple: 8 }
                nativeSize: 16
                prompt: { tokens: 4, pieces: clip }
                steps: { default: 4, min: 1, max: 50 }
                guidance: { default: 4, min: 1, max: 6 }

            """);
    }

    private static void Graph(string root, string part, byte[] bytes) => File.WriteAllBytes(Path.Combine(root, part, "model.onnx"), bytes);
}
