using System.Text.Json;

namespace Vitrine.Inference.Tests;

/// <summary>The shipped model against numbers that the framework it was trained in made with the same weights; training/sticker/export.py writes them.</summary>
public sealed class GoldenPictureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Pooled_text_final_latents_and_rows_of_pixels_agree_with_the_training_framework(int batch)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Fixture("sticker-golden.json")));
        var golden = file.RootElement;
        var tolerance = golden.GetProperty("tolerance").GetSingle();
        var (steps, guidance) = (golden.GetProperty("steps").GetInt32(), golden.GetProperty("guidance").GetSingle());
        var prompts = golden.GetProperty("prompts").Deserialize<string[]>()!;
        var pooled = Rows("pooler_output");
        var latents = Rows("final_latent");
        var (firstRows, middleRows) = (Rows("image_first_row_red"), Rows("image_middle_row_red"));
        Engines.Shipped.TryGet(Engines.Sticker, out var card);
        using var model = TextToImageModel.Open(card!, new EngineOptions(), new BatchCalibration(new EngineOptions()));
        var sigmas = model.Sampler.Sigmas(steps);
        AssertClose(golden.GetProperty("sigmas").Deserialize<float[]>()!, sigmas, 1e-6f);

        for (var first = 0; first < prompts.Length; first += batch)
        {
            var latent = new float[batch][];
            for (var row = 0; row < batch; row++)
            {
                model.Tokenizer.Encode(prompts[first + row], model.TokenRow(row));
                latent[row] = Noise(first + row, model.LatentLength);
            }
            model.EncodeText(batch);
            var texts = Enumerable.Range(0, batch).Select(model.TextRow).ToArray();
            for (var step = 0; step < steps; step++)
            {
                for (var row = 0; row < batch; row++)
                    model.SetRow(row, latent[row], texts[row], sigmas[step], sigmas[step + 1], guidance);
                model.Predict(batch);
                for (var row = 0; row < batch; row++)
                    model.Sampler.Step(latent[row], model.Answer(row), sigmas[step], sigmas[step + 1]);
            }
            for (var row = 0; row < batch; row++)
                latent[row].CopyTo(model.DecoderRow(row));
            model.Decode(batch);
            for (var row = 0; row < batch; row++)
            {
                var (i, image) = (first + row, model.Decoded(row)!);
                AssertClose(pooled[i], texts[row].Pooled, tolerance);
                AssertClose(latents[i], latent[row], tolerance);
                AssertClose(Levels(firstRows[i]), image.Row(0, 0).ToArray(), 127.5f * tolerance);
                AssertClose(Levels(middleRows[i]), image.Row(0, image.Height / 2).ToArray(), 127.5f * tolerance);
            }
        }

        float[][] Rows(string name) => golden.GetProperty(name).Deserialize<float[][]>()!;
    }

    [Fact]
    public void A_picture_is_encoded_as_the_training_framework_encodes_it()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Fixture("sticker-golden.json")));
        using var encoder = BoundGraph.Open(Path.Combine(RepositoryFiles.Sticker, "vae_encoder", "model.onnx"), new EngineOptions(), ["sample"], 1);
        Assert.Equal([3, 128, 128], encoder.InputShape(0).ToArray());
        Assert.Equal([16, 16, 16], encoder.OutputShape(0).ToArray());
        var pixels = encoder.Input(0, 0);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (channel, y, x) = (i / (128 * 128), i / 128 % 128, i % 128);
            pixels[i] = (float)(0.8 * Math.Sin(0.05 * x + 0.09 * y + 2.0 * channel));
        }
        encoder.Run(1);
        AssertClose(golden.RootElement.GetProperty("encoded_picture").Deserialize<float[]>()!, encoder.Output(0, 0).ToArray(), golden.RootElement.GetProperty("tolerance").GetSingle());
    }

    [Fact]
    public async Task The_decoder_of_previews_shows_what_the_decoder_shows_for_a_small_part_of_its_arithmetic()
    {
        await using var engine = Engines.AnEngine();
        var latent = (await engine.Render(Engines.Apple with { Width = 128, Height = 128, KeepLatent = true })).Latent!.Numbers.ToArray();
        var (whole, quick) = (Decoded("vae_decoder", latent), Decoded("preview_decoder", latent));
        var error = whole.Zip(quick, (a, b) => Math.Pow(a - b, 2)).Average();
        var decibels = 10 * Math.Log10(255 * 255 / error);
        Assert.InRange(decibels, 22, 60);
        // A hundredth of the weights, each of which works on the coarsest grid alone.
        Assert.InRange(new FileInfo(Path.Combine(RepositoryFiles.Sticker, "preview_decoder", "model.onnx")).Length, 1, 150_000);
    }

    private static float[] Decoded(string part, float[] latent)
    {
        using var graph = BoundGraph.Open(Path.Combine(RepositoryFiles.Sticker, part, "model.onnx"), new EngineOptions(), ["latent_sample"], 1);
        latent.CopyTo(graph.Input(0, 0));
        graph.Run(1);
        return Levels(graph.Output(0, 0).ToArray());
    }

    private static float[] Noise(int picture, int length) =>
        [.. Enumerable.Range(picture * length, length).Select(i => (float)(1.2 * Math.Sin(0.7 * i + 0.3) + 0.9 * Math.Cos(2.3 * i)))];

    private static float[] Levels(float[] row) => [.. row.Select(x => Math.Clamp((x + 1) * 127.5f, 0, 255))];

    private static void AssertClose(float[] expected, float[] found, float tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);
    }
}
