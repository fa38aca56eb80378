using System.Runtime.InteropServices;

namespace Vitrine.Provenance;

/// <summary>
/// Where a key hides what. The watermark is one square tile, laid over the picture again and again. It consists of waves only whose frequency is neither so low that the
/// picture drowns them nor so high that halving the picture or JPEG takes them away. A fifth of the waves say where the tile lies and are the same in every picture; the rest carry the
/// code's bits, each on about a dozen waves, under a sign that only the key knows.
/// </summary>
internal sealed class WatermarkPattern
{
    /// <summary>Pixels along one side of the tile, at the scale at which it is laid.</summary>
    public const int Side = 128;

    /// <summary>Waves along one side of the tile, from and to.</summary>
    public const int LowestWave = 6, HighestWave = 30;

    /// <summary>All waves of a tile but their mirror images.</summary>
    public static IReadOnlyList<Wave> Waves { get; } = HalfPlane();

    private const double ShareOfPilots = 0.2;

    private readonly sbyte[] signs;
    private readonly byte[] bits;

    public WatermarkPattern(WatermarkKey key)
    {
        var chance = key.Chance("watermark waves");
        var waves = Waves.ToList();
        chance.Shuffle(CollectionsMarshal.AsSpan(waves));
        var pilots = (int)(waves.Count * ShareOfPilots);
        Pilots = [.. waves.Take(pilots).Select(wave => (wave, (float)chance.Angle()))];
        Carriers = [.. waves.Skip(pilots)];
        signs = [.. Enumerable.Range(0, Chips).Select(_ => (sbyte)(1 - 2 * chance.Below(2)))];
        bits = [.. Enumerable.Range(0, Chips).Select(chip => (byte)(chip % TailBitingCode.CodedBits))];
        chance.Shuffle(bits.AsSpan());
    }

    /// <summary>Waves of known phase.</summary>
    public IReadOnlyList<(Wave Wave, float Phase)> Pilots { get; }

    /// <summary>Waves that carry bits: the cosine of each is chip i, the sine chip <see cref="Carriers"/> + i.</summary>
    public IReadOnlyList<Wave> Carriers { get; }

    /// <summary>Independent places for a sign.</summary>
    public int Chips => 2 * Carriers.Count;

    /// <summary>The sign of every chip for an id.</summary>
    public sbyte[] ChipsOf(WatermarkId id)
    {
        var code = TailBitingCode.Encode(id);
        var chips = new sbyte[Chips];
        for (var chip = 0; chip < chips.Length; chip++)
            chips[chip] = (sbyte)(signs[chip] * code[bits[chip]]);
        return chips;
    }

    /// <summary>What received chips say about each coded bit.</summary>
    public float[] SoftBits(ReadOnlySpan<float> chips)
    {
        var soft = new float[TailBitingCode.CodedBits];
        for (var chip = 0; chip < chips.Length; chip++)
            soft[bits[chip]] += signs[chip] * chips[chip];
        return soft;
    }

    /// <summary>All waves of an id's tile, each of magnitude 1.</summary>
    public IEnumerable<(Wave Wave, float Cosine, float Sine)> WavesOf(WatermarkId id)
    {
        foreach (var (wave, phase) in Pilots)
            yield return (wave, MathF.Cos(phase), MathF.Sin(phase));
        var chips = ChipsOf(id);
        var half = MathF.Sqrt(0.5f);
        for (var i = 0; i < Carriers.Count; i++)
            yield return (Carriers[i], half * chips[i], half * chips[Carriers.Count + i]);
    }

    /// <summary>A tile of waves, mean 0 and variance 1, <see cref="Side"/> times <paramref name="scale"/> pixels along each side; a power of two.</summary>
    public static float[] Tile(IEnumerable<(Wave Wave, float Cosine, float Sine)> waves, int scale)
    {
        var side = Side * scale;
        var (real, imaginary) = (new float[side * side], new float[side * side]);
        var power = 0f;
        foreach (var (wave, cosine, sine) in waves)
        {
            // A wave and its mirror image together are real.
            var (there, mirrored) = (At(wave.Down, wave.Right, side), At(-wave.Down, -wave.Right, side));
            (real[there], imaginary[there]) = (cosine, sine);
            (real[mirrored], imaginary[mirrored]) = (cosine, -sine);
            power += 2 * (cosine * cosine + sine * sine);
        }
        SquareTransform.OfSide(side).Inverse(real, imaginary);
        var scaling = 1 / MathF.Sqrt(power); // Parseval.
        for (var i = 0; i < real.Length; i++)
            real[i] *= scaling;
        return real;
    }

    /// <summary>The place of a wave in a transform of <paramref name="side"/> numbers a side.</summary>
    public static int At(int down, int right, int side = Side) => (down & (side - 1)) * side + (right & (side - 1));

    private static List<Wave> HalfPlane()
    {
        var waves = new List<Wave>();
        for (var down = 0; down <= HighestWave; down++)
            for (var right = down == 0 ? 1 : -HighestWave; right <= HighestWave; right++)
                if (down * down + right * right is >= LowestWave * LowestWave and <= HighestWave * HighestWave)
                    waves.Add(new Wave(down, right));
        return waves;
    }
}

/// <summary>A wave by how many times it fits into the tile in each direction.</summary>
internal readonly record struct Wave(int Down, int Right);
