namespace Vitrine.Provenance;

/// <summary>
/// Looks for the pattern at the scales a picture may have come to, first at its own. The pilots say where the tile lies; what the best places read as is decoded, and counts as found
/// when the received chips agree with the code of what was decoded by <see cref="LeastScore"/> standard deviations.
/// <para>
/// Why an unmarked picture is not taken for a marked one: places are chosen by the pilots alone, and how chips are weighed depends on their magnitudes alone. So for a picture that does not depend on the key,
/// the signs of the chips at a place are independent fair coins, and by Hoeffding's inequality (1963) the normalised agreement with one codeword passes t with a probability of
/// at most exp(-t²/2), whatever the picture. There are 2^48 codewords and at most <see cref="MostPlaces"/> places that are read: 2^48 · 60 · exp(-t²/2) is 3.4e-21 for t = 13.
/// </para>
/// </summary>
internal sealed class WatermarkSearch(WatermarkPattern pattern, PictureResidue residue)
{
    /// <summary>A shorter side below this many pixels is not looked at: a fifth off the smallest that is marked.</summary>
    public const int SmallestSide = 48;

    public const float LeastScore = 13;

    /// <summary>Two folds in eight turnings at the picture's own scale, and the best of all others.</summary>
    public const int MostPlaces = 2 * 8 * PlacesAFold + PlacesInAll;

    private const int Side = WatermarkPattern.Side, PlacesAFold = 3, PlacesInAll = 12, PixelsBetweenScales = 4;
    private const float LeastPilotFit = 3.5f;
    private const double MostShrunk = 3, MostEnlarged = 3;

    private readonly int shortSide = Math.Min(residue.Width, residue.Height);

    public WatermarkFinding? Find() => AtItsOwnScale() ?? AfterResizing();

    private WatermarkFinding? AtItsOwnScale()
    {
        var scale = Watermark.PatternScale(shortSide * residue.Reduction);
        var tiles = new[] { scale, 2 * scale }.Select(each => (Tile: ReceivedTile.Fold(residue, (double)residue.Reduction / each), Scale: each)).ToList();
        foreach (var turning in Turnings())
            foreach (var (tile, each) in tiles)
                foreach (var place in BestPlaces(tile.Turned(turning), (double)residue.Reduction / each, turning))
                    if (Read(place) is { } found)
                        return found;
        return null;
    }

    private WatermarkFinding? AfterResizing()
    {
        var places = new List<Place>();
        for (var side = (int)Math.Max(SmallestSide, shortSide / MostEnlarged); side <= Math.Min(PictureResidue.LongestShortSide, shortSide * MostShrunk); side += PixelsBetweenScales)
        {
            var scale = (double)side / shortSide;
            var tile = ReceivedTile.Fold(residue, scale);
            foreach (var turning in new[] { Turning.None, Turning.Mirrored })
                places.AddRange(BestPlaces(tile.Turned(turning), scale, turning));
            if (places.Count > 8 * PlacesInAll)
                places = [.. places.OrderByDescending(place => place.Fit).Take(PlacesInAll)];
        }
        foreach (var place in places.OrderByDescending(place => place.Fit).Take(PlacesInAll))
            if (Read(Refine(place)) is { } found)
                return found;
        return null;
    }

    private static IEnumerable<Turning> Turnings() => Enumerable.Range(0, 8).Select(turning => (Turning)turning);

    private List<Place> BestPlaces(ReceivedTile tile, double scale, Turning turning)
    {
        var map = tile.PilotMap(pattern);
        var places = new List<Place>();
        for (var i = 0; i < PlacesAFold; i++)
        {
            var best = 0;
            for (var at = 1; at < map.Length; at++)
                if (map[at] > map[best])
                    best = at;
            if (map[best] < LeastPilotFit)
                break;
            // The place is the tile's shift: what the pattern's own corner has moved by.
            places.Add(new Place(tile, scale, turning, best / Side, best % Side, map[best]));
            for (var down = -2; down <= 2; down++)
                for (var right = -2; right <= 2; right++)
                    map[WatermarkPattern.At(best / Side + down, best % Side + right)] = float.MinValue;
        }
        return places;
    }

    // Scales near the coarse one, each at its best place.
    private Place Refine(Place coarse)
    {
        var best = coarse;
        for (var step = PixelsBetweenScales / 2.0; step >= 0.25; step /= 2)
            foreach (var scale in new[] { best.Scale - step / shortSide, best.Scale + step / shortSide })
                if (BestPlaces(ReceivedTile.Fold(residue, scale).Turned(coarse.Turning), scale, coarse.Turning).FirstOrDefault() is { } place && place.Fit > best.Fit)
                    best = place;
        return best;
    }

    private WatermarkFinding? Read(Place place)
    {
        var (down, right) = Between(place);
        var chips = place.Tile.Chips(pattern, down, right);
        var id = TailBitingCode.Decode(pattern.SoftBits(chips));
        var score = Score(chips, pattern.ChipsOf(id));
        return score < LeastScore ? null : new WatermarkFinding(id, place.Turning != Turning.None) { Score = score };
    }

    /// <summary>How well received chips agree with those of an id, in standard deviations of chance.</summary>
    public static float Score(ReadOnlySpan<float> chips, ReadOnlySpan<sbyte> expected)
    {
        double agreement = 0, power = 0;
        for (var i = 0; i < chips.Length; i++)
        {
            agreement += expected[i] * chips[i];
            power += chips[i] * chips[i];
        }
        return power > 0 ? (float)(agreement / Math.Sqrt(power)) : 0;
    }

    // To a quarter of a pixel.
    private (float Down, float Right) Between(Place place)
    {
        var (down, right, fit) = ((float)place.Down, (float)place.Right, place.Fit);
        for (var step = 0.5f; step >= 0.25f; step /= 2)
        {
            var (centreDown, centreRight) = (down, right);
            for (var i = 0; i < 9; i++)
            {
                var (tryDown, tryRight) = (centreDown + (i / 3 - 1) * step, centreRight + (i % 3 - 1) * step);
                if (place.Tile.PilotFit(pattern, tryDown, tryRight) is var tried && tried > fit)
                    (down, right, fit) = (tryDown, tryRight, tried);
            }
        }
        return (down, right);
    }

    private sealed record Place(ReceivedTile Tile, double Scale, Turning Turning, int Down, int Right, float Fit);
}
