namespace Vitrine.Inference;

/// <summary>
/// How a latent is led from noise to a clean one: the noise levels, and one step between two of them. One scheduler is one class in one file, with reference numbers of diffusers in its
/// tests; <see cref="Samplers"/> finds it by the name in a model's <c>scheduler_config.json</c>. Everything here is a function of its arguments, so that a picture that goes on from a
/// checkpoint (its latent and its number of steps) is the same picture.
/// </summary>
public interface ISampler
{
    /// <summary>
    /// The noise levels that lead from a picture with some noise on it to a clean one: falling, at least one, the last 0. One step lies between two neighbours.
    /// </summary>
    /// <param name="steps">Steps of the whole schedule, 1 or more.</param>
    /// <param name="strength">The share of it that is walked: 1 begins at noise alone, 0 is the level 0 alone and no step.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no step, or the strength is not 0 to 1.</exception>
    float[] Sigmas(int steps, double strength = 1);

    /// <summary>The time at which the model is told to be at a noise level, in its own unit.</summary>
    float Timestep(float sigma);

    /// <summary>Lays standard normal noise over a clean latent at a noise level, in place of the noise.</summary>
    void AddNoise(ReadOnlySpan<float> clean, float sigma, Span<float> noise);

    /// <summary>One step in place, from one noise level to the next, with what the model answered at the first.</summary>
    void Step(Span<float> latent, ReadOnlySpan<float> answer, float sigma, float next);

    /// <summary>The clean latent that a noisy one heads for, from what the model answered there: what a preview shows.</summary>
    void Predict(ReadOnlySpan<float> latent, ReadOnlySpan<float> answer, float sigma, Span<float> clean);
}
