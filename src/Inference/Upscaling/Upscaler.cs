using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>
/// A resident ESRGAN-shaped model: [1, 3, h, w] in 0..255 to [1, 3, factor h, factor w]. Works in tiles, so that memory does not grow with the picture
/// and the device is free for others between two tiles.
/// </summary>
internal sealed class Upscaler : IResidentModel, ITerminable
{
    /// <summary>What a tile sees beyond itself, in its own pixels. More than the networks reach: tiles equal the whole picture.</summary>
    internal const int Overlap = 16;

    /// <summary>How far the picture's edge is repeated outwards: these networks take what lies beyond their input for black and would frame the picture.</summary>
    internal const int Border = 8;

    private readonly InferenceSession session;
    private readonly RunOptions runOptions = new();
    private readonly string[] inputNames, outputNames;

    private Upscaler(ModelCard card, InferenceSession session)
    {
        (Card, this.session) = (card, session);
        (inputNames, outputNames) = ([session.InputNames[0]], [session.OutputNames[0]]);
    }

    public ModelCard Card { get; }

    /// <exception cref="InvalidDataException">The graph has another shape.</exception>
    public static Upscaler Open(ModelCard card, EngineOptions engine)
    {
        var session = InferenceSessions.Open(Path.Combine(card.Folder, "model.onnx"), engine);
        try
        {
            if (session.InputNames.Count != 1 || session.OutputNames.Count < 1 || session.InputMetadata[session.InputNames[0]].Dimensions is not [_, 3, -1, -1])
                throw new InvalidDataException("an upscaler has one input [n, 3, h, w] with free sizes, and one output.");
            return new Upscaler(card, session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Enlarges one rectangle (with its surroundings) and writes it to its place in the target.</summary>
    public void Run(PlanarImage from, PlanarImage to, Tile tile)
    {
        var (left, top, width, height) = tile.Seen(from.Width, from.Height);
        var input = new float[3 * width * height];
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < height; y++)
            {
                var line = from.Row(c, Math.Clamp(top + y, 0, from.Height - 1));
                for (var x = 0; x < width; x++)
                    input[(c * height + y) * width + x] = line[Math.Clamp(left + x, 0, from.Width - 1)];
            }

        using var value = OrtValue.CreateTensorValueFromMemory(input, [1, 3, height, width]);
        using var results = session.Run(runOptions, inputNames, [value], outputNames);
        var f = Card.Factor;
        var large = results[0].GetTensorDataAsSpan<float>();
        if (large.Length != input.Length * f * f)
            throw new InvalidDataException($"'{Card.Name}' gave {large.Length} numbers for {input.Length}; its factor is not {f}.");
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < tile.Height * f; y++)
            {
                var line = large.Slice((c * height * f + (tile.Y - top) * f + y) * width * f + (tile.X - left) * f, tile.Width * f);
                var target = to.Row(c, tile.Y * f + y).Slice(tile.X * f, line.Length);
                for (var x = 0; x < line.Length; x++)
                    target[x] = Math.Clamp(line[x], 0, 255); // NaN stays NaN and is found when the picture is finished.
            }
    }

    // Lanes share an upscaler; who is told to end beside a slow call fails with it and may be tried again.
    public void Terminate(bool value) => runOptions.Terminate = value;

    public void Dispose()
    {
        runOptions.Dispose();
        session.Dispose();
    }
}

/// <summary>A rectangle of the source picture.</summary>
internal readonly record struct Tile(int X, int Y, int Width, int Height)
{
    /// <summary>Tiles that make up a picture, line by line, as equal as whole pixels allow and at most <paramref name="largest"/> pixels wide and high.</summary>
    public static IReadOnlyList<Tile> Cover(int width, int height, int largest)
    {
        var (columns, lines) = ((width + largest - 1) / largest, (height + largest - 1) / largest);
        var tiles = new List<Tile>(columns * lines);
        for (var line = 0; line < lines; line++)
            for (var column = 0; column < columns; column++)
            {
                var (left, top) = (column * width / columns, line * height / lines);
                tiles.Add(new Tile(left, top, (column + 1) * width / columns - left, (line + 1) * height / lines - top));
            }
        return tiles;
    }

    /// <summary>What an upscaler is shown for this tile: itself, its surroundings, and the repeated edge. May begin outside the picture.</summary>
    public Tile Seen(int pictureWidth, int pictureHeight)
    {
        var (left, top) = (Math.Max(-Upscaler.Border, X - Upscaler.Overlap), Math.Max(-Upscaler.Border, Y - Upscaler.Overlap));
        return new Tile(left, top,
            Math.Min(pictureWidth + Upscaler.Border, X + Width + Upscaler.Overlap) - left, Math.Min(pictureHeight + Upscaler.Border, Y + Height + Upscaler.Overlap) - top);
    }
}
