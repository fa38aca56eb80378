using System.Numerics;

namespace Vitrine.Provenance;

/// <summary>
/// A picture's residue folded into one tile, as its spectrum: every place of the tile is the sum of all pixels of the picture that lie there at an assumed
/// scale, so that the pattern adds up and the picture does not. Each wave is divided by the strength of the waves around it, so that none outweighs the others.
/// </summary>
internal sealed class ReceivedTile
{
    private const int Side = WatermarkPattern.Side;

    // Waves around a wave that say how strong it may be expected; the longest that are looked at for it, and the room of them all, with one vector more at the end of each row.
    private const int Neighbours = 2, Highest = WatermarkPattern.HighestWave, Longest = Highest + Neighbours;
    private static readonly int Across = 2 * Longest + 1 + Vector<float>.Count;

    private static readonly SquareTransform Transform = SquareTransform.OfSide(Side);

    private static readonly OwnWave[] OwnWaves = [.. WatermarkPattern.Waves.Select(OwnWave.Of)];

    // In the order of the transform.
    private static readonly NearWave[] NearWaves = [.. Enumerable.Range(0, Side * Side).Select(NearWave.Of).Where(wave => wave.Length <= Longest)];

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
        Transform.Forward(real, imaginary, (int)Math.Min(Side, Math.Ceiling(residue.Width * scale) + 1), Longest);
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
        var (x, y) = At(wave, Turn(wave, down, right));
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
    public float[] Chips(WatermarkPattern pattern, float down, float right) => Chips(pattern, Turns(pattern, down, right));

    /// <inheritdoc cref="Chips(WatermarkPattern, float, float)"/>
    /// <param name="turns">How that place turns each carrier, see <see cref="Turns"/>.</param>
    public float[] Chips(WatermarkPattern pattern, ReadOnlySpan<(float Sine, float Cosine)> turns)
    {
        var carriers = pattern.Carriers;
        var chips = new float[pattern.Chips];
        for (var i = 0; i < turns.Length; i++)
            (chips[i], chips[turns.Length + i]) = At(carriers[i], turns[i]);
        return chips;
    }

    /// <summary>By how much every carrier is turned if the picture's corner lies at a place of the tile.</summary>
    public static (float Sine, float Cosine)[] Turns(WatermarkPattern pattern, float down, float right) => [.. pattern.Carriers.Select(wave => Turn(wave, down, right))];

    private static (float Sine, float Cosine) Turn(Wave wave, float down, float right) => MathF.SinCos(2 * MathF.PI / Side * (wave.Down * down + wave.Right * right));

    // A wave as it is if the picture's corner lies where it is turned so.
    private (float Cosine, float Sine) At(Wave wave, (float Sine, float Cosine) turn)
    {
        var at = WatermarkPattern.At(wave.Down, wave.Right);
        return (real[at] * turn.Cosine - imaginary[at] * turn.Sine, real[at] * turn.Sine + imaginary[at] * turn.Cosine);
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
        const int MostOverTypical = 8;
        Span<float> typical = stackalloc float[Longest + 1], power = stackalloc float[(2 * Longest + 1) * Across], near = stackalloc float[(Highest + 1) * Across];
        power.Clear();
        foreach (var (at, cell, _) in NearWaves)
            power[cell] = real[at] * real[at] + imaginary[at] * imaginary[at];
        Typical(power, typical);
        foreach (var (_, cell, length) in NearWaves)
            if (typical[length] > 0)
                power[cell] = Math.Min(power[cell] / typical[length], MostOverTypical);
        for (var down = 0; down <= Highest; down++)
            for (var right = -Highest; right <= Highest; right += Vector<float>.Count)
                Around(power, down, right).CopyTo(near[OwnWave.CellOf(down, right)..]);
        foreach (var (at, mirrored, cell, length) in OwnWaves)
        {
            var scaling = near[cell] > 0 ? (2 * Neighbours + 1) / MathF.Sqrt(near[cell] * typical[length]) : 0;
            (real[at], imaginary[at]) = (real[at] * scaling, imaginary[at] * scaling);
            // A real picture: the mirror image of a wave is its conjugate.
            (real[mirrored], imaginary[mirrored]) = (real[at], -imaginary[at]);
        }
    }

    // The sums over the neighbourhoods of a wave and of those to its right that fill a vector.
    private static Vector<float> Around(ReadOnlySpan<float> power, int down, int right)
    {
        var sum = Vector<float>.Zero;
        for (var d = -Neighbours; d <= Neighbours; d++)
            for (var r = -Neighbours; r <= Neighbours; r++)
                sum += new Vector<float>(power[NearWave.CellOf(down + d, right + r)..]);
        return sum;
    }

    // The mean power of waves of a length, together with those one and two shorter and longer.
    private static void Typical(ReadOnlySpan<float> power, Span<float> typical)
    {
        Span<float> sums = stackalloc float[typical.Length], counts = stackalloc float[typical.Length];
        sums.Clear();
        counts.Clear();
        foreach (var (_, cell, length) in NearWaves)
        {
            sums[length] += power[cell];
            counts[length]++;
        }
        for (var length = 0; length < typical.Length; length++)
        {
            float near = 0, waves = 0;
            for (var other = Math.Max(0, length - Neighbours); other <= Math.Min(typical.Length - 1, length + Neighbours); other++)
                (near, waves) = (near + sums[other], waves + counts[other]);
            typical[length] = near / waves;
        }
    }

    /// <summary>A wave that a pattern may have.</summary>
    /// <param name="At">Its place in the transform.</param>
    /// <param name="Mirrored">That of its mirror image.</param>
    /// <param name="Cell">Its place among the sums over neighbourhoods.</param>
    /// <param name="Length">How often it fits into the tile, rounded.</param>
    private readonly record struct OwnWave(int At, int Mirrored, int Cell, int Length)
    {
        public static OwnWave Of(Wave wave) =>
            new(WatermarkPattern.At(wave.Down, wave.Right), WatermarkPattern.At(-wave.Down, -wave.Right), CellOf(wave.Down, wave.Right), NearWave.LengthOf(wave.Down, wave.Right));

        public static int CellOf(int down, int right) => down * Across + right + Highest;
    }

    /// <summary>A wave that has a say in how strong those of a pattern may be expected.</summary>
    /// <param name="At">Its place in the transform.</param>
    /// <param name="Cell">Its place among the powers.</param>
    /// <param name="Length">How often it fits into the tile, rounded.</param>
    private readonly record struct NearWave(int At, int Cell, int Length)
    {
        public static NearWave Of(int at)
        {
            var (down, right) = (Signed(at / Side), Signed(at % Side));
            return new(at, CellOf(down, right), LengthOf(down, right));
        }

        public static int CellOf(int down, int right) => (down + Longest) * Across + right + Longest;

        public static int LengthOf(int down, int right) => (int)Math.Round(Math.Sqrt(down * down + right * right));

        private static int Signed(int frequency) => frequency < Side / 2 ? frequency : frequency - Side;
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
