using System.Text.Json;

namespace Vitrine.Inference.Tests;

/// <summary>The shipped model against numbers that another program made with it (ONNX Runtime 1.30 on Node, noise from a stated formula).</summary>
public sealed class GoldenPictureTests
{
    private const float Tolerance = 1e-3f;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Pooled_text_final_latents_and_first_rows_agree(int batch)
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Fixture("sticker-interim-golden.json")));
        var prompts = golden.RootElement.GetProperty("prompts").Deserialize<string[]>()!;
        var latents = golden.RootElement.GetProperty("final_latent").Deserialize<float[]>()!;
        var pooled = golden.RootElement.GetProperty("pooler_output_first8").Deserialize<float[][]>()!;
        var firstRows = golden.RootElement.GetProperty("image_first_row_red").Deserialize<float[][]>()!;
        Engines.Shipped.TryGet(Engines.Sticker, out var card);
        using var model = TextToImageModel.Open(card!, new EngineOptions());
        var sigmas = model.Flow.Sigmas(4);
        AssertClose(golden.RootElement.GetProperty("sigmas").Deserialize<float[]>()!, sigmas, 1e-6f);

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
            for (var step = 0; step < 4; step++)
            {
                for (var row = 0; row < batch; row++)
                    model.SetRow(row, latent[row], texts[row], sigmas[step], sigmas[step + 1], guidance: 4);
                model.PredictVelocity(batch);
                for (var row = 0; row < batch; row++)
                    RectifiedFlow.Step(latent[row], model.Velocity(row), sigmas[step], sigmas[step + 1]);
            }
            for (var row = 0; row < batch; row++)
                latent[row].CopyTo(model.DecoderRow(row));
            model.Decode(batch);
            for (var row = 0; row < batch; row++)
            {
                var i = first + row;
                AssertClose(pooled[i], texts[row].Pooled[..8], Tolerance);
                AssertClose(latents[(i * model.LatentLength)..((i + 1) * model.LatentLength)], latent[row], Tolerance);
                AssertClose([.. firstRows[i].Select(x => Math.Clamp((x + 1) * 127.5f, 0, 255))], model.Decoded(row)!.Row(0, 0).ToArray(), 127.5f * Tolerance);
            }
        }
    }

    private static float[] Noise(int picture, int length) =>
        [.. Enumerable.Range(picture * length, length).Select(i => (float)(1.2 * Math.Sin(0.7 * i + 0.3) + 0.9 * Math.Cos(2.3 * i)))];

    private static void AssertClose(float[] expected, float[] found, float tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);
    }
}
