namespace Vitrine.Inference;

/// <summary>
/// One picture. The same request to the same model digest on the same kind of device gives the same pixels, alone or in a batch.
/// <see cref="ModelCard.Refuse"/> says which values a model takes; the engine fills in no defaults.
/// </summary>
/// <param name="Model">A name or alias in the catalogue.</param>
/// <param name="Prompt">What to show; cut at <see cref="ModelCard.MaxPromptTokens"/>.</param>
/// <param name="NegativePrompt">What to avoid; empty for none. Doubles the evaluations of a step.</param>
/// <param name="Seed">0 to 2^63-1. Picture i of an order of several takes seed + i.</param>
/// <param name="Steps">Denoising steps, see <see cref="ModelCard.StepsFor"/>.</param>
/// <param name="Guidance">Guidance scale, see <see cref="ModelCard.Guidance"/>.</param>
/// <param name="Width">Pixels, a multiple of 8 from 8 to 1024.</param>
/// <param name="Height">Pixels, a multiple of 8 from 8 to 1024.</param>
/// <param name="Previews">How many unfinished pictures to report on the way, spread evenly; 0 to Steps - 1. Fewer come where a start leaves fewer steps.</param>
public sealed record ImageRequest(
    string Model, string Prompt, string NegativePrompt, ulong Seed, int Steps, float Guidance, int Width, int Height, int Previews = 0)
{
    /// <summary>Noise of several seeds instead of <see cref="Seed"/>'s alone: a variation, or a place on the way to another picture.</summary>
    public NoiseMix? Noise { get; init; }

    /// <summary>A second prompt, and how far the text goes towards it. Not together with a negative prompt.</summary>
    public PromptBlend? Blend { get; init; }

    /// <summary>What to begin at instead of noise alone: a picture to change, or a latent to go on with.</summary>
    public ImageStart? Start { get; init; }

    /// <summary>Whether <see cref="RenderedImage.Latent"/> is wanted.</summary>
    public bool KeepLatent { get; init; }

    /// <summary>
    /// Whether it preempts the pictures that the device has begun: between two of their steps they are set aside, each at most once, until this one is done. Pixels do not depend
    /// on it. Who may do so is the caller's to say, see <see cref="IRenderingEngine.ExpressSlots"/>.
    /// </summary>
    public bool Express { get; init; }

    /// <summary>How many steps lie between two checkpoints that are reported; 0 for none. Pixels do not depend on it.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>Where to go on. A checkpoint of another request, model or kind of device is passed over, and the picture begins at its noise.</summary>
    public StepCheckpoint? Resume { get; init; }
}

/// <summary>Another prompt to go towards: the encoded texts are mixed linearly, number by number.</summary>
/// <param name="Prompt">Cut as any prompt.</param>
/// <param name="Amount">0 is the request's own prompt, 1 the other.</param>
public sealed record PromptBlend(string Prompt, float Amount);

/// <summary>
/// A step is done; or, at <see cref="Step"/> of its checkpoint, a picture goes on. <see cref="Preview"/> is the picture as the model predicts it so far, square,
/// at its native size, or null.
/// </summary>
public readonly record struct RenderProgress(int Step, int Steps, RgbImage? Preview)
{
    /// <summary>Where the picture stands; null where none is due.</summary>
    public StepCheckpoint? Checkpoint { get; init; }
}

/// <summary>A finished picture.</summary>
/// <param name="Image">The pixels, exactly as large as asked.</param>
/// <param name="Seed">The seed of the request.</param>
/// <param name="StepsRun">Denoising steps that were run here; fewer than asked where a start was less than all noise, or a checkpoint had some of them.</param>
/// <param name="DeviceTime">This picture's share of the device: batches divided by their rows, plus its own upscaling.</param>
public sealed record RenderedImage(RgbImage Image, ulong Seed, int StepsRun, TimeSpan DeviceTime)
{
    /// <summary>Whether the prompt or the negative prompt had more tokens than the model reads.</summary>
    public bool PromptTruncated { get; init; }

    /// <summary>The clean latent that was decoded; null unless it was asked for.</summary>
    public Latent? Latent { get; init; }

    /// <summary>Where the picture stood when its last step was done: whoever must decode it again need not denoise it again.</summary>
    public StepCheckpoint? Denoised { get; init; }

    /// <summary>The step of the checkpoint that it went on from; 0 where it began at its noise.</summary>
    public int ResumedAt { get; init; }

    /// <summary>How long it stood aside on the device for an express picture; zero for most.</summary>
    public TimeSpan TimeAside { get; init; }
}

/// <summary>Pixels in memory: 8 bits a channel, sRGB, R G B interleaved, row by row from the top, no padding.</summary>
public sealed class RgbImage
{
    /// <summary>Takes ownership of the pixels.</summary>
    /// <exception cref="ArgumentException">The array is not width x height x 3 long.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (pixels.Length != (long)width * height * 3)
            throw new ArgumentException($"A picture of {width}x{height} has {(long)width * height * 3} bytes, not {pixels.Length}.", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Pixels from left to right.</summary>
    public int Width { get; }

    /// <summary>Pixels from top to bottom.</summary>
    public int Height { get; }

    /// <summary>Width x Height x 3 bytes.</summary>
#pragma warning disable CA1819 // The pixels are handed over to an encoder; a copy of 3 MB would serve nobody.
    public byte[] Pixels { get; }
#pragma warning restore CA1819
}
