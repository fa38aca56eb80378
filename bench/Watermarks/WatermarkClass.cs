using Vitrine.Provenance;

namespace Vitrine.Bench;

/// <summary>Pictures of one kind and size, and how many of them came through each attack with their message.</summary>
internal sealed class WatermarkClass(string name, int seed)
{
    private readonly Dictionary<Attack, int> _recovered = Attack.All.ToDictionary(attack => attack, _ => 0);
    private readonly List<double> _fidelities = [];
    private readonly Random _random = new(seed);

    public string Name => name;
    public int Pictures => _fidelities.Count;
    public int Misread { get; private set; }
    public int Negatives { get; private set; }
    public int FalseFinds { get; private set; }
    public double LeastFidelity => _fidelities.Min();
    public double MedianFidelity => Summary.Quantile(_fidelities, 0.5);

    /// <summary>The part whose message was read as it was written, 0 to 1.</summary>
    public double Recovered(Attack attack) => (double)_recovered[attack] / Pictures;

    public void Try(Watermark watermark, WatermarkId id, Pixels picture)
    {
        var marked = picture with { Rgb = watermark.Embed(picture.Rgb, picture.Width, picture.Height, id) };
        _fidelities.Add(Fidelity(picture.Rgb, marked.Rgb));
        foreach (var attack in Attack.All)
        {
            var attacked = attack.Do(marked, _random);
            var found = watermark.Detect(attacked.Rgb, attacked.Width, attacked.Height);
            if (found?.Id == id)
                _recovered[attack]++;
            else if (found is not null)
                Misread++;
        }
        foreach (var negative in new[] { picture, picture.Cropped(0.1, _random), picture.Jpeg(60) })
        {
            Negatives++;
            if (watermark.Detect(negative.Rgb, negative.Width, negative.Height) is not null)
                FalseFinds++;
        }
    }

    /// <summary>A smooth picture to take times by.</summary>
    public static Pixels Plain(int side, int seed)
    {
        var random = new Random(seed);
        var waves = Enumerable.Range(0, 6).Select(_ => (X: random.NextDouble() * 12 / side, Y: random.NextDouble() * 12 / side)).ToList();
        var rgb = new byte[3 * side * side];
        for (var i = 0; i < rgb.Length; i++)
        {
            var (x, y) = (i / 3 % side, i / 3 / side);
            rgb[i] = (byte)(128 + 20 * waves.Sum(wave => Math.Sin(wave.X * x + wave.Y * y + i % 3)));
        }
        return new(side, side, rgb);
    }

    private static double Fidelity(byte[] one, byte[] other)
    {
        double error = 0;
        for (var i = 0; i < one.Length; i++)
            error += (one[i] - other[i]) * (one[i] - other[i]);
        return 10 * Math.Log10(255.0 * 255 * one.Length / error);
    }
}
