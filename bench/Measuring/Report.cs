using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Vitrine.Bench;

/// <summary>A whole run, as a table and as a file.</summary>
internal sealed record Report(Machine Machine, double? LoadAtEnd, bool Quick, IReadOnlyList<Finding> Findings)
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A Markdown table, one row a measure.</summary>
    public void PrintTable(TextWriter output)
    {
        output.WriteLine($"\n{Machine.Sentence}, {Finding.Text(LoadAtEnd ?? 0)} after the end{(Quick ? "; a quick run" : "")}\n");
        output.WriteLine("| id | measure | median | 95 % of the median | p10 to p90 | pairs | goal | |");
        output.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var finding in Findings)
            foreach (var (name, unit, summary, goal) in finding.Measures)
                output.WriteLine(
                    $"| {finding.Id} | {name} | {Finding.Text(summary.Median)} {unit} | {Finding.Text(summary.Low)} to {Finding.Text(summary.High)} | {Finding.Text(summary.P10)} to {Finding.Text(summary.P90)} | {summary.Pairs} | {goal?.ToString() ?? "–"} | {goal?.Judge(summary) ?? ""} |");
        output.WriteLine();
    }

    /// <returns>The path of the file, named after the start of the run.</returns>
    public async Task<string> Write(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, Machine.StartedAt.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) + ".json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(this, Readable) + "\n", ct);
        return path;
    }
}
