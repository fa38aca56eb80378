using System.Text.Json;

namespace Vitrine.Inference;

/// <summary>
/// The Euler sampler of rectified flow (Liu et al. 2022; Esser et al. 2024, "Scaling rectified flow transformers", section 2). A latent at noise level
/// sigma is (1 - sigma) x0 + sigma noise; the model predicts the velocity noise - x0; a step walks from sigma to the next one along it.
/// Numbers agree with FlowMatchEulerDiscreteScheduler of diffusers when the pipeline passes sigmas = linspace(1, 1/n, n).
/// </summary>
public sealed class RectifiedFlow : ISampler
{
    private const int Times = 1000;

    /// <param name="shift">Above 0; more than 1 spends more of the steps at high noise.</param>
    public RectifiedFlow(double shift)
    {
        if (!(shift > 0 && double.IsFinite(shift)))
            throw new ArgumentOutOfRangeException(nameof(shift), shift, "The shift of a schedule is above 0.");
        Shift = shift;
    }

    /// <summary>How far the schedule leans towards high noise.</summary>
    public double Shift { get; }

    /// <summary>
    /// n + 1 falling numbers from 1 to 0, sigma_i = s u / (1 + (s - 1) u) with u = 1 - i / n. With a strength, ceil(n strength) steps and
    /// u = strength (1 - i / ceil(n strength)): where n strength is whole, these are the last levels of the full schedule.
    /// </summary>
    public float[] Sigmas(int steps, double strength = 1)
    {
        var run = ImageStart.StepsRun(steps, strength);
        var sigmas = new float[run + 1];
        for (var i = 0; i < run; i++)
        {
            var u = strength * (1 - (double)i / run);
            sigmas[i] = (float)(Shift * u / (1 + (Shift - 1) * u));
        }
        return sigmas;
    }

    /// <summary>Of 1,000 times, the first is noise.</summary>
    public float Timestep(float sigma) => Times * sigma;

    /// <summary>noise ← (1 - sigma) clean + sigma noise.</summary>
    public void AddNoise(ReadOnlySpan<float> clean, float sigma, Span<float> noise)
    {
        for (var i = 0; i < noise.Length; i++)
            noise[i] = (1 - sigma) * clean[i] + sigma * noise[i];
    }

    /// <summary>One Euler step: latent ← latent + (next - sigma) velocity, which is what the model answers.</summary>
    public void Step(Span<float> latent, ReadOnlySpan<float> answer, float sigma, float next)
    {
        var distance = next - sigma;
        for (var i = 0; i < latent.Length; i++)
            latent[i] += distance * answer[i];
    }

    /// <summary>latent - sigma velocity.</summary>
    public void Predict(ReadOnlySpan<float> latent, ReadOnlySpan<float> answer, float sigma, Span<float> clean)
    {
        for (var i = 0; i < latent.Length; i++)
            clean[i] = latent[i] - sigma * answer[i];
    }

    /// <summary>Reads the configuration as diffusers writes it.</summary>
    /// <exception cref="NotSupportedException">It has a setting that this sampler does not.</exception>
    internal static RectifiedFlow Of(JsonElement config)
    {
        if (config.GetProperty("num_train_timesteps").GetInt32() != Times)
            throw new NotSupportedException($"num_train_timesteps must be {Times}.");
        if (config.TryGetProperty("use_dynamic_shifting", out var dynamic) && dynamic.GetBoolean())
            throw new NotSupportedException("use_dynamic_shifting is not supported; give a fixed shift.");
        return new RectifiedFlow(config.GetProperty("shift").GetDouble());
    }
}
