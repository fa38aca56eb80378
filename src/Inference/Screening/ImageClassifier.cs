using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>How probable a classifier finds one of its labels, 0 to 1; over all labels the scores add up to 1.</summary>
public readonly record struct LabelScore(string Label, float Score);

/// <summary>
/// Says what kind of picture a picture is: a graph from [1, 3, side, side] in 0..1 to [1, labels]. Runs on the processor, on the thread of the caller; safe for
/// concurrent use.
/// </summary>
public sealed class ImageClassifier : IDisposable
{
    private static readonly float[] ZeroToOne = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];

    private readonly InferenceSession session;
    private readonly RunOptions runOptions = new();
    private readonly ReaderWriterLockSlim use = new();
    private readonly string[] inputNames, outputNames;
    private readonly int side;
    private bool disposed;

    private ImageClassifier(ModelCard card, InferenceSession session, int side)
    {
        (Card, this.session, this.side) = (card, session, side);
        (inputNames, outputNames) = ([session.InputNames[0]], [session.OutputNames[0]]);
    }

    /// <summary>The catalogue's entry of this classifier.</summary>
    public ModelCard Card { get; }

    /// <summary>Opens the one classifier of a catalogue; blocks for some tens of milliseconds.</summary>
    /// <exception cref="ModelLoadException">The catalogue has none or several, or its files are changed, broken or of another shape.</exception>
    public static ImageClassifier Open(ModelCatalogue catalogue) => Open(
        catalogue.Models.Where(model => model.Kind == ModelKind.ImageClassifier).ToList() is [var only]
            ? only
            : throw new ModelLoadException("image-classifier", "outputs are screened by exactly one model of this kind; the catalogue names none or several."));

    /// <inheritdoc cref="Open(ModelCatalogue)"/>
    internal static ImageClassifier Open(ModelCard card)
    {
        InferenceSession? session = null;
        try
        {
            ModelFiles.Check(card);
            session = InferenceSessions.Open(Path.Combine(card.Folder, "model.onnx"), new EngineOptions());
            if (session.InputNames.Count != 1 || session.OutputNames.Count != 1 || session.InputMetadata[session.InputNames[0]].Dimensions is not [_, 3, var height, var width] || height != card.NativeSize || width != card.NativeSize)
                throw new InvalidDataException($"a classifier has one input [n, 3, side, side] and one output, and the side is the catalogue's nativeSize, {card.NativeSize}.");
            return new ImageClassifier(card, session, card.NativeSize);
        }
        catch (Exception bad) when (bad is OnnxRuntimeException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            session?.Dispose();
            throw new ModelLoadException(card.Name, bad.Message, bad);
        }
    }

    /// <summary>The probability of every label, in the order of the card. The picture may have any size.</summary>
    /// <exception cref="RenderFailedException">The graph could not run, or gave something other than one finite number for each label.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed first.</exception>
    public IReadOnlyList<LabelScore> Classify(RgbImage image)
    {
        var input = Resized(image, side);
        // Native memory must not go while a run is in it: a silo that stops disposes this while the last pictures are being finished.
        use.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            using var value = OrtValue.CreateTensorValueFromMemory(input, [1, 3, side, side]);
            using var results = session.Run(runOptions, inputNames, [value], outputNames);
            var scores = results[0].GetTensorDataAsSpan<float>();
            if (scores.Length != Card.Labels.Count || !TextToImageModel.AllFinite(scores))
                throw new RenderFailedException(RenderFailure.NotFinite, $"'{Card.Name}' gave {scores.Length} numbers, or some that are not finite, for {Card.Labels.Count} labels.");
            var labelled = new LabelScore[scores.Length];
            for (var i = 0; i < labelled.Length; i++)
                labelled[i] = new LabelScore(Card.Labels[i], scores[i]);
            return labelled;
        }
        catch (OnnxRuntimeException device)
        {
            throw new RenderFailedException(RenderFailure.Device, $"'{Card.Name}' could not run: {device.Message}", device);
        }
        finally
        {
            use.ExitReadLock();
        }
    }

    /// <summary>Frees the graph once the classifications under way have ended; later ones are refused.</summary>
    public void Dispose()
    {
        use.EnterWriteLock();
        try
        {
            if (disposed)
                return;
            disposed = true;
            runOptions.Dispose();
            session.Dispose();
        }
        finally
        {
            use.ExitWriteLock();
        }
    }

    /// <summary>
    /// To side x side by bilinear interpolation with corners on corners and no averaging, in 0..1, one plane a channel: what nsfwjs feeds its model
    /// (<c>tf.image.resizeBilinear(picture / 255, [side, side], alignCorners = true)</c>). The model was used with this, so a better filter would be a worse one.
    /// </summary>
    internal static float[] Resized(RgbImage image, int side)
    {
        var planes = new float[3 * side * side];
        var (down, across) = (Steps(image.Height, side), Steps(image.Width, side));
        for (var y = 0; y < side; y++)
        {
            var (top, bottom, low) = down[y];
            for (var x = 0; x < side; x++)
            {
                var (left, right, near) = across[x];
                for (var c = 0; c < 3; c++)
                {
                    float At(int row, int column) => ZeroToOne[image.Pixels[(row * image.Width + column) * 3 + c]];
                    var above = At(top, left) + (At(top, right) - At(top, left)) * near;
                    var below = At(bottom, left) + (At(bottom, right) - At(bottom, left)) * near;
                    planes[(c * side + y) * side + x] = above + (below - above) * low;
                }
            }
        }
        return planes;
    }

    // For every target line the source lines on both sides of it and how far it lies from the first.
    private static (int First, int Second, float Fraction)[] Steps(int from, int to)
    {
        var step = to > 1 ? (from - 1) / (float)(to - 1) : 0;
        var lines = new (int, int, float)[to];
        for (var i = 0; i < to; i++)
        {
            var at = step * i;
            var first = Math.Min((int)MathF.Floor(at), from - 1);
            lines[i] = (first, Math.Min((int)MathF.Ceiling(at), from - 1), at - first);
        }
        return lines;
    }
}
