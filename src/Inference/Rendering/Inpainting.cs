namespace Vitrine.Inference;

/// <summary>
/// Keeps what lies outside a mask while the rest is painted anew: after every step the kept cells are put back with as much of the picture's own noise as
/// the step has reached (Lugmayr et al., "RePaint", CVPR 2022, equation 8, on the path of the sampler), so that the model sees them at
/// the level it expects, and at level 0 they are exactly the encoded picture.
/// </summary>
/// <param name="repaint">One number a cell, 0 keep to 1 repaint.</param>
/// <param name="noise">The noise that the picture begins with; copied.</param>
internal sealed class Inpainting(ISampler sampler, float[] repaint, ReadOnlySpan<float> noise)
{
    private readonly float[] noise = noise.ToArray(), noised = new float[noise.Length];
    private float[] clean = [];

    /// <summary>Takes the encoded picture.</summary>
    public void Keep(ReadOnlySpan<float> encoded) => clean = encoded.ToArray();

    /// <summary>Puts the kept cells back into a latent at noise level sigma.</summary>
    public void Restore(Span<float> latent, float sigma)
    {
        noise.CopyTo(noised, 0);
        sampler.AddNoise(clean, sigma, noised);
        for (var i = 0; i < latent.Length; i++)
        {
            var share = repaint[i % repaint.Length]; // Channels lie one after the other, a number a cell each.
            latent[i] = share * latent[i] + (1 - share) * noised[i];
        }
    }
}
