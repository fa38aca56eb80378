using Vitrine.Inference;
using Vitrine.Local;

namespace Vitrine.Bench;

/// <summary>A row a clip, frames spread evenly from the first to the last. Packed by ffmpeg, whose PNG is a third of the size of the platform's fast one.</summary>
internal sealed class ContactSheet(int rows)
{
    public const int Columns = 6;
    private const int Tile = 96, Gap = 4, Ground = 34;
    private readonly int _width = Columns * (Tile + Gap) + Gap, _height = rows * (Tile + Gap) + Gap;
    private readonly List<(int Row, int Column, RgbImage Image)> _tiles = [];

    /// <summary>The column that a frame belongs in, or null for most frames.</summary>
    public static int? ColumnOf(int frame, int frames)
    {
        for (var column = 0; column < Columns; column++)
            if (frame == (int)Math.Round(column * (frames - 1) / (Columns - 1.0)))
                return column;
        return null;
    }

    public void Put(int row, int column, RgbImage frame)
    {
        var scale = (double)Tile / Math.Max(frame.Width, frame.Height);
        var (width, height) = ((int)Math.Round(frame.Width * scale), (int)Math.Round(frame.Height * scale));
        _tiles.Add((row, column, Resampling.Resize(PlanarImage.From(frame), width, height).ToRgb()));
    }

    public async Task Write(string file, CancellationToken ct)
    {
        var sheet = new byte[3 * _width * _height];
        Array.Fill(sheet, (byte)Ground);
        foreach (var (row, column, image) in _tiles)
        {
            var (left, top) = (Gap + column * (Tile + Gap) + (Tile - image.Width) / 2, Gap + row * (Tile + Gap) + (Tile - image.Height) / 2);
            for (var y = 0; y < image.Height; y++)
                image.Pixels.AsSpan(3 * y * image.Width, 3 * image.Width).CopyTo(sheet.AsSpan(3 * ((top + y) * _width + left)));
        }
        var raw = file + ".rgb";
        try
        {
            await File.WriteAllBytesAsync(raw, sheet, ct);
            var packed = await Command.Run("ffmpeg", ["-v", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{_width}x{_height}", "-i", raw,
                "-frames:v", "1", "-update", "1", "-pred", "mixed", "-compression_level", "9", "-y", file], ct);
            if (packed.ExitCode != 0)
                throw new InvalidOperationException($"ffmpeg could not pack {file}: {packed.Everything}");
        }
        finally
        {
            File.Delete(raw);
        }
    }
}
