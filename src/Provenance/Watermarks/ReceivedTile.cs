using System.Numerics;

namespace Vitrine.Provenance;

/// <summary>
/// A picture's residue folded into one tile, as its spectrum: every place of the tile is the sum of all pixels of the picture that lie there at an assumed
/// scale, so that the pattern adds up and the picture does not. Each wave is divided by the strength of the waves around it, so that none outweighs the others.
/// </summary>
internal sealed class ReceivedTile
{
    private const int Side = WatermarkPattern.Side;

    private static readonly SquareTransform Transform = new(Side);
    private static readonly int[] Lengths = LengthsOfWaves();

    private readonly float[] real, imaginary;

    private ReceivedTile(float[] real, float[] imaginary) => (this.real, this.imaginary) = (real, imaginary);

    /// <param name="scale">Pixels of the tile for one value of the residue.</param>
    public static ReceivedTile Fold(PictureResidue residue, double scale)
    {
        var (real, imaginary) = (new float[Side * Side], new float[Side * Side]);
        var (places, parts) = Places(residue.Width, scale);
        var (rowPlaces, rowParts) = Places(residue.Height, scale);
        Span<float> folded = stackalloc float[Side + 1];
        for (var y = 0; y < residue.Height; y++)
        {
            folded.Clear();
            var row = residue.Values.AsSpan(y * residue.Width, residue.Width);
            for (var x = 0; x < row.Length; x++)
            {
                var (place, later) = (places[x], parts[x] * row[x]);
                folded[place] += row[x] - later;
                folded[place + 1] += later;
            }
            folded[0] += folded[Side];
            Add(folded[..Side], 1 - rowParts[y], real.AsSpan(rowPlaces[y] * Side, Side));
            Add(folded[..Side], rowParts[y], real.AsSpan((rowPlaces[y] + 1) % Side * Side, Side));
        }
        Transform.Forward(real, imaginary);
        Whiten(real, imaginary);
        return new ReceivedTile(real, imaginary);
    }

    /// <summary>The same tile as if the picture had been turned over or to its side before.</summary>
    public ReceivedTile Turned(Turning turning)
    {
        if (turning == Turning.None)
            return this;
        var (turnedReal, turnedImaginary) = (new float[Side * Side], new float[Side * Side]);
        for (var down = 0; down < Side; down++)
            for (var right = 0; right < Side; right++)
            {
                var (fromDown, fromRight) = turning.HasFlag(Turning.Transposed) ? (right, down) : (down, right);
                var from = WatermarkPattern.At(turning.HasFlag(Turning.Flipped) ? -fromDown : fromDown, turning.HasFlag(Turning.Mirrored) ? -fromRight : fromRight);
                (turnedReal[down * Side + right], turnedImaginary[down * Side + right]) = (real[from], imaginary[from]);
            }
        return new ReceivedTile(turnedReal, turnedImaginary);
    }

    /// <summary>For each place of the tile, in standard deviations of chance, how well the pilots fit if the picture's corner lies there; row by row.</summary>
    public float[] PilotMap(WatermarkPattern pattern)
    {
        var (mapReal, mapImaginary) = (new float[Side * Side], new float[Side * Side]);
        var power = 0f;
        foreach (var (wave, phase) in pattern.Pilots)
        {
            var at = WatermarkPattern.At(wave.Down, wave.Right);
            var (sine, cosine) = MathF.SinCos(phase);
            mapReal[at] = real[at] * cosine + imaginary[at] * sine;
            mapImaginary[at] = imaginary[at] * cosine - real[at] * sine;
            power += real[at] * real[at] + imaginary[at] * imaginary[at];
        }
        Transform.Inverse(mapReal, mapImaginary);
        var scaling = power > 0 ? 1 / MathF.Sqrt(power / 2) : 0;
        for (var i = 0; i < mapReal.Length; i++)
            mapReal[i] *= scaling;
        return mapReal;
    }

    /// <summary>A wave of a pattern that is to be laid at a place, the stronger the more the picture contradicts it there: what the picture says anyway needs to be said less.</summary>
    public (Wave Wave, float Cosine, float Sine) Answered((Wave Wave, float Cosine, float Sine) laid, int down, int right)
    {
        const float Against = 0.3f, Least = 0.3f, Most = 3;
        var (wave, cosine, sine) = laid;
        var (x, y) = At(wave, down, right);
        return (wave, cosine * Math.Clamp(1 - Against * MathF.Sign(cosine) * x, Least, Most), sine * Math.Clamp(1 - Against * MathF.Sign(sine) * y, Least, Most));
    }

    /// <summary>The place at which the whole pattern of an id agrees best with what is here already.</summary>
    public (int Down, int Right) BestPlace(WatermarkPattern pattern, WatermarkId id)
    {
        var (mapReal, mapImaginary) = (new float[Side * Side], new float[Side * Side]);
        foreach (var (wave, cosine, sine) in pattern.WavesOf(id))
        {
            var at = WatermarkPattern.At(wave.Down, wave.Right);
            mapReal[at] = real[at] * cosine + imaginary[at] * sine;
            mapImaginary[at] = imaginary[at] * cosine - real[at] * sine;
        }
        Transform.Inverse(mapReal, mapImaginary);
        var best = 0;
        for (var i = 1; i < mapReal.Length; i++)
            if (mapReal[i] > mapReal[best])
                best = i;
        return (best / Side, best % Side);
    }

    /// <summary>As <see cref="PilotMap"/>, at any place, also between pixels.</summary>
    public float PilotFit(WatermarkPattern pattern, float down, float right)
    {
        float fit = 0, power = 0;
        foreach (var (wave, phase) in pattern.Pilots)
        {
            var at = WatermarkPattern.At(wave.Down, wave.Right);
            var (sine, cosine) = MathF.SinCos(2 * MathF.PI / Side * (wave.Down * down + wave.Right * right) - phase);
            fit += real[at] * cosine - imaginary[at] * sine;
            power += real[at] * real[at] + imaginary[at] * imaginary[at];
        }
        return power > 0 ? fit / MathF.Sqrt(power / 2) : 0;
    }

    /// <summary>The received chips if the picture's corner lies at a place of the tile.</summary>
    public float[] Chips(WatermarkPattern pattern, float down, float right)
    {
        var carriers = pattern.Carriers;
        var chips = new float[pattern.Chips];
        for (var i = 0; i < carriers.Count; i++)
            (chips[i], chips[carriers.Count + i]) = At(carriers[i], down, right);
        return chips;
    }

    // A wave as it is if the picture's corner lies at a place of the tile.
    private (float Cosine, float Sine) At(Wave wave, float down, float right)
    {
        var at = WatermarkPattern.At(wave.Down, wave.Right);
        var (sine, cosine) = MathF.SinCos(2 * MathF.PI / Side * (wave.Down * down + wave.Right * right));
        return (real[at] * cosine - imaginary[at] * sine, real[at] * sine + imaginary[at] * cosine);
    }

    // The places of the pixels along one direction: the pixel of the tile before, and how much of the value goes to the one after.
    private static (int[] Places, float[] Parts) Places(int length, double scale)
    {
        var (places, parts) = (new int[length], new float[length]);
        for (var i = 0; i < length; i++)
        {
            var place = i * scale;
            places[i] = (int)place % Side;
            parts[i] = (float)(place - Math.Floor(place));
        }
        return (places, parts);
    }

    private static void Add(ReadOnlySpan<float> row, float part, Span<float> into)
    {
        if (part == 0)
            return;
        for (var x = 0; x < row.Length; x += Vector<float>.Count)
            (new Vector<float>(into[x..]) + part * new Vector<float>(row[x..])).CopyTo(into[x..]);
    }

    // Pictures have far more of some waves than of others: of long ones, and of those across their edges. Each wave is divided by the strength of its neighbourhood, which shows
    // the pattern's magnitudes but none of its signs; a single wave that sticks out counts there for no more than a few.
    private static void Whiten(float[] real, float[] imaginary)
    {
        const int Neighbours = 2, Longest = WatermarkPattern.HighestWave + Neighbours, MostOverTypical = 8;
        Span<float> typical = stackalloc float[Longest + 1];
        var power = Powers(real, imaginary, Longest);
        Typical(power, typical);
        for (var i = 0; i < power.Length; i++)
            if (Lengths[i] <= Longest && typical[Lengths[i]] > 0)
                power[i] = Math.Min(power[i] / typical[Lengths[i]], MostOverTypical);
        foreach (var (down, right) in WatermarkPattern.Waves)
        {
            var (near, at) = (0f, WatermarkPattern.At(down, right));
            for (var d = down - Neighbours; d <= down + Neighbours; d++)
                for (var r = right - Neighbours; r <= right + Neighbours; r++)
                    near += power[WatermarkPattern.At(d, r)];
            var scaling = near > 0 ? (2 * Neighbours + 1) / MathF.Sqrt(near * typical[Lengths[at]]) : 0;
            (real[at], imaginary[at]) = (real[at] * scaling, imaginary[at] * scaling);
            // A real picture: the mirror image of a wave is its conjugate.
            var mirrored = WatermarkPattern.At(-down, -right);
            (real[mirrored], imaginary[mirrored]) = (real[at], -imaginary[at]);
        }
    }

    private static float[] Powers(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, int longest)
    {
        var power = new float[Side * Side];
        for (var i = 0; i < power.Length; i++)
            if (Lengths[i] <= longest)
                power[i] = real[i] * real[i] + imaginary[i] * imaginary[i];
        return power;
    }

    // The mean power of waves of a length, together with those one and two shorter and longer.
    private static void Typical(ReadOnlySpan<float> power, Span<float> typical)
    {
        const int Neighbours = 2;
        Span<float> sums = stackalloc float[typical.Length], counts = stackalloc float[typical.Length];
        sums.Clear();
        counts.Clear();
        for (var i = 0; i < power.Length; i++)
            if (Lengths[i] < typical.Length)
            {
                sums[Lengths[i]] += power[i];
                counts[Lengths[i]]++;
            }
        for (var length = 0; length < typical.Length; length++)
        {
            float near = 0, waves = 0;
            for (var other = Math.Max(0, length - Neighbours); other <= Math.Min(typical.Length - 1, length + Neighbours); other++)
                (near, waves) = (near + sums[other], waves + counts[other]);
            typical[length] = near / waves;
        }
    }

    private static int[] LengthsOfWaves()
    {
        var lengths = new int[Side * Side];
        for (var down = -Side / 2; down < Side / 2; down++)
            for (var right = -Side / 2; right < Side / 2; right++)
                lengths[WatermarkPattern.At(down, right)] = (int)Math.Round(Math.Sqrt(down * down + right * right));
        return lengths;
    }
}

/// <summary>What may have been done to a picture before it came here; all eight ways of laying down a square.</summary>
[Flags]
internal enum Turning
{
    None = 0,
    Mirrored = 1,
    Flipped = 2,
    Transposed = 4,
}
