namespace Vitrine.Provenance;

/// <summary>
/// Lays a pattern into a picture: where in the tile the picture begins is chosen so that the picture itself says some of it, and it is laid strongly only where edges and texture hide it. How strong it is
/// on plain ground is found by rehearsal: no stronger than it takes to come through JPEG at quality 50.
/// </summary>
internal sealed class WatermarkLayer
{
    // The least peak signal-to-noise ratio over all three channels, in decibels: 40 is promised, the rest is reserve for rounding and for the sample. Larger pictures need less and get more.
    private const double LeastFidelity = 40.2, FidelityPerDoubling = 1.8, MostFidelity = 48;
    private const int SmallSide = 128, Sampled = 32_768, Halvings = 10;

    // Of a score that chance reaches never and the detector asks 13 of, see WatermarkSearch. A pattern of more than one pixel a point has room, and is to come through being halved before.
    private const float EnoughScore = 19, EnoughScoreOfLarge = 24;

    // A rehearsal of more pixels would take longer than an embedding may: there JPEG is left out, which takes little from waves as long as theirs.
    private const int MostRehearsed = 724 * 724;

    // What is tried in turn. Levels of luma (root mean square) on plain ground, and what part of the strengths below is laid elsewhere; last, whatever 40 decibels allow.
    private static readonly Rung[] Ladder =
    [
        new(0.6f, 0.5f), new(0.6f, 0.75f), new(0.6f, 1), new(1, 1), new(1.5f, 1), new(2, 1), new(2.7f, 1), new(3.6f, 1), new(4.8f, 1), new(4.8f, 1, Last: true),
    ];
    private static readonly Rung[] LadderOfLarge = [new(0.6f, 0.5f), new(4.8f, 1, Last: true)];

    // Levels of luma where something is near, levels for each level of activity, and the most; what activity makes a place half near.
    private const float Near = 2.4f, OfActivity = 0.2f, Most = 4, HalfNear = 2;

    // White can only become darker, which shows soonest and tells least: there the pattern is weaker, from so many levels below white on.
    private const float OnWhite = 0.5f, BelowWhite = 16;

    private readonly WatermarkPattern pattern;
    private readonly sbyte[] chips;
    private readonly int width, height, scale, down, right;
    private readonly PictureResidue residue;
    private readonly float[] tile, headroom;
    private readonly (float, float)[] turns;

    private WatermarkLayer(ReadOnlySpan<byte> rgb, int width, int height, WatermarkPattern pattern, WatermarkId id)
    {
        (this.pattern, this.width, this.height, chips) = (pattern, width, height, pattern.ChipsOf(id));
        scale = Watermark.PatternScale(Math.Min(width, height));
        residue = PictureResidue.Of(rgb, width, height);
        var host = ReceivedTile.Fold(residue, (double)residue.Reduction / scale);
        (down, right) = host.BestPlace(pattern, id);
        turns = ReceivedTile.Turns(pattern, down, right);
        tile = WatermarkPattern.Tile(pattern.WavesOf(id).Select(each => host.Answered(each, down, right)), scale);
        headroom = new float[width * height];
        for (var i = 0; i < headroom.Length; i++)
            headroom[i] = Headroom(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
    }

    public static byte[] Lay(ReadOnlySpan<byte> rgb, int width, int height, WatermarkPattern pattern, WatermarkId id)
    {
        var layer = new WatermarkLayer(rgb, width, height, pattern, id);
        var (marked, best, most) = (new byte[rgb.Length], new byte[rgb.Length], float.MinValue);
        var changes = new float[width * height];
        foreach (var rung in layer.IsLarge ? LadderOfLarge : Ladder)
        {
            layer.Draw(rung, changes);
            LumaChanges.Add(rgb, changes, Strength(rgb, changes, layer.Allowed(rung)), marked);
            var score = layer.Rehearse(marked);
            if (score > most)
                (best, marked, most) = (marked, best, score);
            if (most >= (layer.scale > 1 ? EnoughScoreOfLarge : EnoughScore))
                break;
        }
        return best;
    }

    private bool IsLarge => (long)width * height > MostRehearsed;

    // Mean square error over all channels.
    private double Allowed(Rung rung)
    {
        var fidelity = rung.Last ? LeastFidelity : Math.Clamp(LeastFidelity + FidelityPerDoubling * Math.Log2(Math.Sqrt((double)width * height) / SmallSide), LeastFidelity, MostFidelity);
        return 255.0 * 255.0 / Math.Pow(10, fidelity / 10);
    }

    // The pattern as strong as each place hides it.
    private void Draw(Rung rung, Span<float> changes)
    {
        var mask = new float[residue.Activity.Length];
        for (var i = 0; i < mask.Length; i++)
        {
            var activity = residue.Activity[i];
            var least = rung.Plain + Math.Max(0, rung.Part * Near - rung.Plain) * activity / (activity + HalfNear);
            mask[i] = MathF.Min(Math.Max(rung.Part * Most, rung.Plain), MathF.Sqrt(least * least + rung.Part * rung.Part * OfActivity * OfActivity * activity));
        }
        var side = WatermarkPattern.Side * scale;
        for (var y = 0; y < height; y++)
        {
            var maskRow = mask.AsSpan(Math.Min(y / residue.Reduction, residue.Height - 1) * residue.Width, residue.Width);
            var tileRow = tile.AsSpan((y + side - down * scale) % side * side, side);
            var into = changes.Slice(y * width, width);
            var row = headroom.AsSpan(y * width, width);
            for (int x = 0, at = 0, part = 0; x < into.Length; x++)
            {
                into[x] = row[x] * maskRow[at] * tileRow[(x + side - right * scale) & (side - 1)];
                if (++part == residue.Reduction)
                    (at, part) = (Math.Min(at + 1, maskRow.Length - 1), 0);
            }
        }
    }

    private static float Headroom(byte red, byte green, byte blue) => Math.Clamp((255 - Math.Min(red, Math.Min(green, blue))) / BelowWhite, OnWhite, 1);

    // The score of what the detector will see at the picture's own scale.
    private float Rehearse(ReadOnlySpan<byte> marked)
    {
        var seen = IsLarge ? PictureResidue.Of(marked, width, height) : Compressed(marked);
        return WatermarkSearch.Score(ReceivedTile.Fold(seen, (double)seen.Reduction / scale).Chips(pattern, turns), chips);
    }

    private PictureResidue Compressed(ReadOnlySpan<byte> marked)
    {
        var luma = PictureResidue.Luma(marked, width, height, 1);
        JpegRehearsal.Play(luma, width, height);
        return PictureResidue.Of(PictureResidue.Reduce(luma, width, height, residue.Reduction), residue.Width, residue.Height, residue.Reduction);
    }

    // 1, or less where the fidelity demands it. White cannot become whiter: where pixels are cut off the rest may be stronger. Found by halving, on a part of the pixels.
    private static float Strength(ReadOnlySpan<byte> rgb, ReadOnlySpan<float> changes, double allowed)
    {
        float low = 0, high = 1;
        if (LumaChanges.Error(rgb, changes, high, Sampled) <= allowed)
            return high;
        for (var halving = 0; halving < Halvings; halving++)
        {
            var strength = (low + high) / 2;
            if (LumaChanges.Error(rgb, changes, strength, Sampled) <= allowed)
                low = strength;
            else
                high = strength;
        }
        return low;
    }

    /// <param name="Plain">Levels of luma on plain ground.</param>
    /// <param name="Part">Of the strengths elsewhere.</param>
    /// <param name="Last">Whether only the least fidelity counts.</param>
    private readonly record struct Rung(float Plain, float Part, bool Last = false);
}
