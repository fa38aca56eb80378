using Vitrine.Provenance;

namespace Vitrine.Bench;

/// <summary>Pictures of one kind and size, and how many of them came through each attack with their message.</summary>
internal sealed class WatermarkClass(string name, int seed)
{
    private readonly Dictionary<Attack, int> _recovered = Attack.All.ToDictionary(attack => attack, _ => 0);
    private readonly List<double> _fidelities = [];
    private readonly List<double> _plainChanges = [];
    private readonly Random _random = new(seed);
    private readonly long _started = TimeProvider.System.GetTimestamp();

    public string Name => name;
    public int Pictures => _fidelities.Count;
    public TimeSpan Taken => TimeProvider.System.GetElapsedTime(_started);
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
        AddPlainChanges(picture, marked);
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

    /// <summary>How visible it is where nothing hides it: a quantile of the root mean square changes of luma in plain blocks.</summary>
    public double PlainChange(double quantile) => Summary.Quantile(_plainChanges, quantile);

    // Plain are blocks whose luma has a standard deviation below two levels.
    private void AddPlainChanges(Pixels picture, Pixels marked)
    {
        const int Block = 8, PlainDeviation = 2;
        for (var top = 0; top + Block <= picture.Height; top += Block)
            for (var left = 0; left + Block <= picture.Width; left += Block)
            {
                double sum = 0, squares = 0, change = 0;
                for (var i = 0; i < Block * Block; i++)
                {
                    var at = ((top + i / Block) * picture.Width + left + i % Block) * 3;
                    var (before, after) = (Luma(picture.Rgb, at), Luma(marked.Rgb, at));
                    (sum, squares, change) = (sum + before, squares + before * before, change + (after - before) * (after - before));
                }
                var mean = sum / (Block * Block);
                if (squares / (Block * Block) - mean * mean < PlainDeviation * PlainDeviation)
                    _plainChanges.Add(Math.Sqrt(change / (Block * Block)));
            }
    }

    private static double Luma(byte[] rgb, int at) => 0.299 * rgb[at] + 0.587 * rgb[at + 1] + 0.114 * rgb[at + 2];

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
