using System.Text.Json;

namespace Vitrine.Inference;

/// <summary>
/// The Euler sampler of rectified flow (Liu et al. 2022; Esser et al. 2024, "Scaling rectified flow transformers", section 2). A latent at noise level
/// sigma is (1 - sigma) x0 + sigma noise; the model predicts the velocity noise - x0; a step walks from sigma to the next one along it.
/// Numbers agree with FlowMatchEulerDiscreteScheduler of diffusers when the pipeline passes sigmas = linspace(1, 1/n, n).
/// </summary>
public sealed class RectifiedFlow
{
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
    /// The noise levels of n steps: n + 1 falling numbers from 1 to 0, sigma_i = s u / (1 + (s - 1) u) with u = 1 - i / n.
    /// The model's timestep at level i is 1000 sigma_i.
    /// </summary>
    public float[] Sigmas(int steps) => Sigmas(steps, strength: 1);

    /// <summary>
    /// The noise levels that lead from a picture with some noise on it to a clean one: with strength s, ceil(n s) steps and u = s (1 - i / ceil(n s)).
    /// Where n s is whole, these are the last levels of the full schedule; 1 is the full schedule, 0 is the level 0 alone and no step.
    /// </summary>
    public float[] Sigmas(int steps, double strength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (!(strength is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(strength), strength, "A strength is 0 to 1.");
        var run = (int)Math.Ceiling(steps * strength - 1e-6); // 0.3 as a float is a little more than 0.3.
        if (strength > 0)
            run = Math.Max(1, run);
        var sigmas = new float[run + 1];
        for (var i = 0; i < run; i++)
        {
            var u = strength * (1 - (double)i / run);
            sigmas[i] = (float)(Shift * u / (1 + (Shift - 1) * u));
        }
        return sigmas;
    }

    /// <summary>Lays noise over a clean latent, in place of the noise: noise ← (1 - sigma) clean + sigma noise.</summary>
    public static void AddNoise(ReadOnlySpan<float> clean, float sigma, Span<float> noise)
    {
        for (var i = 0; i < noise.Length; i++)
            noise[i] = (1 - sigma) * clean[i] + sigma * noise[i];
    }

    /// <summary>One Euler step in place: latent ← latent + (next - sigma) velocity.</summary>
    public static void Step(Span<float> latent, ReadOnlySpan<float> velocity, float sigma, float next)
    {
        var distance = next - sigma;
        for (var i = 0; i < latent.Length; i++)
            latent[i] += distance * velocity[i];
    }

    /// <summary>The clean latent that a noisy one at level sigma heads for: latent - sigma velocity.</summary>
    public static void Predict(ReadOnlySpan<float> latent, ReadOnlySpan<float> velocity, float sigma, Span<float> clean)
    {
        for (var i = 0; i < latent.Length; i++)
            clean[i] = latent[i] - sigma * velocity[i];
    }

    /// <summary>Reads <c>scheduler_config.json</c> as diffusers writes it.</summary>
    /// <exception cref="InvalidDataException">The file describes another scheduler, or a setting that this one does not have.</exception>
    internal static RectifiedFlow Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var config = document.RootElement;
            if (config.GetProperty("_class_name").GetString() != "FlowMatchEulerDiscreteScheduler")
                throw new InvalidDataException($"{path}: the family rectified-flow needs a FlowMatchEulerDiscreteScheduler.");
            if (config.GetProperty("num_train_timesteps").GetInt32() != 1000)
                throw new InvalidDataException($"{path}: num_train_timesteps must be 1000.");
            if (config.TryGetProperty("use_dynamic_shifting", out var dynamic) && dynamic.GetBoolean())
                throw new InvalidDataException($"{path}: use_dynamic_shifting is not supported; give a fixed shift.");
            return new RectifiedFlow(config.GetProperty("shift").GetDouble());
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException($"{path}: not a scheduler configuration: {bad.Message}", bad);
        }
    }
}
