using System.Text.Json;

namespace Vitrine.Inference.Tests;

public sealed class RectifiedFlowTests
{
    // The linear time shift of diffusers with mu is the plain shift; the exponential one is the shift e^mu.
    [Theory]
    [InlineData("flux_schnell__n01", 1)]
    [InlineData("flux_schnell__n04", 1)]
    [InlineData("flux_schnell__n20", 1)]
    [InlineData("dynamic_linear__n04", 1.15)]
    [InlineData("dynamic_linear__n20", 1.15)]
    [InlineData("flux_dev_seq256__n04", 1.6487212707001282)]
    [InlineData("flux_dev_seq1024__n20", 0)]
    public void Sigmas_steps_and_final_latent_agree_with_diffusers(string fixture, double shift)
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Fixture("schedulers", $"FlowMatchEulerDiscreteScheduler__{fixture}.json")));
        var root = golden.RootElement;
        if (shift == 0)
            shift = Math.Exp(root.GetProperty("set_timesteps_args").GetProperty("mu").GetDouble());
        var steps = root.GetProperty("num_inference_steps").GetInt32();
        ISampler sampler = new RectifiedFlow(shift);
        var sigmas = sampler.Sigmas(steps);
        AssertClose(root.GetProperty("sigmas").Deserialize<float[]>()!, sigmas, 1e-6f);

        var latent = root.GetProperty("input_latent").Deserialize<float[]>()!;
        for (var i = 0; i < steps; i++)
        {
            var t = (double)sampler.Timestep(sigmas[i]);
            var velocity = latent.Select((x, e) => (float)(0.3 * Math.Tanh(x) + 0.1 * Math.Sin(t / 100 + e))).ToArray();
            sampler.Step(latent, velocity, sigmas[i], sigmas[i + 1]);
            if (root.GetProperty("steps")[i].TryGetProperty("prev_sample", out var expected))
                AssertClose(expected.Deserialize<float[]>()!, latent, 1e-5f);
        }
        AssertClose(root.GetProperty("final_latent").Deserialize<float[]>()!, latent, 1e-5f);
    }

    [Fact]
    public void The_clean_latent_is_predicted_exactly_from_the_true_velocity()
    {
        float[] clean = [0.5f, -2, 3], noise = [1, 0.25f, -1], noisy = new float[3], velocity = new float[3], predicted = new float[3];
        const float Sigma = 0.25f;
        for (var i = 0; i < 3; i++)
            (noisy[i], velocity[i]) = ((1 - Sigma) * clean[i] + Sigma * noise[i], noise[i] - clean[i]);
        new RectifiedFlow(1).Predict(noisy, velocity, Sigma, predicted);
        AssertClose(clean, predicted, 1e-6f);
    }

    [Theory]
    [InlineData("""{"_class_name":"DDIMScheduler","num_train_timesteps":1000,"shift":1}""")]
    [InlineData("""{"_class_name":"FlowMatchEulerDiscreteScheduler","num_train_timesteps":1000,"shift":1,"use_dynamic_shifting":true}""")]
    [InlineData("""{"_class_name":"FlowMatchEulerDiscreteScheduler","num_train_timesteps":1000,"shift":-1}""")]
    [InlineData("""{"_class_name":"FlowMatchEulerDiscreteScheduler","num_train_timesteps":1000}""")]
    [InlineData("[1]")]
    [InlineData("no json")]
    public void A_configuration_of_another_scheduler_is_refused(string json)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("scheduler_config.json", System.Text.Encoding.UTF8.GetBytes(json));
        Assert.Contains(file, Assert.Throws<InvalidDataException>(() => Samplers.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scheduler_is_found_by_its_name_and_one_that_nobody_knows_is_told_which_are()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(3, Assert.IsType<RectifiedFlow>(Samplers.Read(folder.Write("known.json", """{"_class_name":"FlowMatchEulerDiscreteScheduler","num_train_timesteps":1000,"shift":3}"""u8.ToArray()))).Shift);
        var problem = Assert.Throws<InvalidDataException>(() => Samplers.Read(folder.Write("other.json", """{"_class_name":"DDIMScheduler"}"""u8.ToArray())));
        Assert.Contains("'DDIMScheduler' is not known; known are FlowMatchEulerDiscreteScheduler", problem.Message, StringComparison.Ordinal);
    }

    private static void AssertClose(float[] expected, float[] found, float tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"number {i}: expected {expected[i]}, found {found[i]}");
    }
}
