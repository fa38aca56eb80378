using Vitrine.Inference;
using Vitrine.Local;

namespace Vitrine.Bench;

/// <summary>
/// A row a clip, frames spread evenly from the first to the last. Packed by ffmpeg with 256 colours: a sheet in the repository is a picture to look at, not to measure.
/// </summary>
internal sealed class ContactSheet
{
    private const int Columns = 6, TileWidth = 96, Gap = 4, Ground = 34;
    private readonly SortedDictionary<int, List<RgbImage>> _rows = [];

    /// <summary>Whether a frame is one of those that a sheet shows.</summary>
    public static bool Shows(int frame, int frames) =>
        Enumerable.Range(0, Columns).Any(column => frame == (int)Math.Round(column * (frames - 1) / (Columns - 1.0)));

    public void Put(int row, RgbImage frame)
    {
        var height = (int)Math.Round((double)TileWidth * frame.Height / frame.Width);
        if (!_rows.TryGetValue(row, out var tiles))
            _rows.Add(row, tiles = []);
        tiles.Add(Resampling.Resize(PlanarImage.From(frame), TileWidth, height).ToRgb());
    }

    public async Task Write(string file, CancellationToken ct)
    {
        var (width, height) = (Columns * (TileWidth + Gap) + Gap, _rows.Values.Sum(tiles => tiles[0].Height + Gap) + Gap);
        var sheet = new byte[3 * width * height];
        Array.Fill(sheet, (byte)Ground);
        var top = Gap;
        foreach (var tiles in _rows.Values)
        {
            for (var column = 0; column < tiles.Count; column++)
                for (var y = 0; y < tiles[column].Height; y++)
                    tiles[column].Pixels.AsSpan(3 * y * TileWidth, 3 * TileWidth).CopyTo(sheet.AsSpan(3 * ((top + y) * width + Gap + column * (TileWidth + Gap))));
            top += tiles[0].Height + Gap;
        }
        var raw = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(raw, sheet, ct);
            var packed = await Command.Run("ffmpeg", ["-v", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{width}x{height}", "-i", raw,
                "-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none", "-frames:v", "1", "-update", "1", "-compression_level", "9", "-y", file], ct);
            if (packed.ExitCode != 0)
                throw new InvalidOperationException($"ffmpeg could not pack {file}: {packed.Everything}");
        }
        finally
        {
            File.Delete(raw);
        }
    }
}
