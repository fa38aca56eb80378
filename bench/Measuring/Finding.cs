using System.Globalization;

namespace Vitrine.Bench;

/// <summary>What a paired measure should reach.</summary>
internal sealed record Goal(double Value, bool AtLeast)
{
    public static Goal Least(double value) => new(value, true);
    public static Goal Most(double value) => new(value, false);

    /// <summary>"met" by the median; "missed" when even the better end of its interval does not reach it; "open" between.</summary>
    public string Judge(Summary summary) =>
        (AtLeast ? summary.Median >= Value : summary.Median <= Value) ? "met"
        : (AtLeast ? summary.High >= Value : summary.Low <= Value) ? "open" : "missed";

    public override string ToString() => (AtLeast ? "≥ " : "≤ ") + Finding.Text(Value);
}

/// <summary>A value that was taken many times, each time from two neighbours in time: a ratio (unit ×) or a difference.</summary>
internal sealed record Measure(string Name, string Unit, Summary Summary, Goal? Goal)
{
    public string? Verdict => Goal?.Judge(Summary);
}

/// <summary>A plain figure of this run, worth something only beside the others of the run.</summary>
internal sealed record Figure(string Name, double Value, string Unit);

/// <summary>What one benchmark found.</summary>
internal sealed record Finding(string Id, string Question)
{
    public List<Measure> Measures { get; } = [];
    public List<Figure> Figures { get; } = [];
    public List<string> Notes { get; } = [];

    public void Paired(string name, string unit, IReadOnlyList<double> values, Goal? goal = null) => Measures.Add(new(name, unit, Summary.Of(values), goal));

    public void Raw(string name, double value, string unit) => Figures.Add(new(name, value, unit));

    /// <summary>Median and 99th percentile of times.</summary>
    public void RawTimes(string name, IReadOnlyCollection<double> milliseconds)
    {
        Raw(name + " p50", Summary.Quantile(milliseconds, 0.5), "ms");
        Raw(name + " p99", Summary.Quantile(milliseconds, 0.99), "ms");
    }

    public void Print(TextWriter output)
    {
        foreach (var each in Measures)
            output.WriteLine($"  {Sentence(each)}");
        foreach (var each in Figures)
            output.WriteLine($"    {each.Name}: {Text(each.Value)} {each.Unit}");
        foreach (var note in Notes)
            output.WriteLine($"    {note}");
    }

    /// <summary>Three significant digits, no exponent.</summary>
    public static string Text(double value)
    {
        var digits = value == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 4);
        return value.ToString($"N{digits}", CultureInfo.InvariantCulture);
    }

    private static string Sentence(Measure each) =>
        $"{each.Name}: {Text(each.Summary.Median)} {each.Unit} (95 % {Text(each.Summary.Low)} to {Text(each.Summary.High)}; p10 {Text(each.Summary.P10)}, p90 {Text(each.Summary.P90)}; {each.Summary.Pairs} pairs)"
        + (each.Goal is { } goal ? $", goal {goal}: {each.Verdict}" : "");
}
