using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Vitrine.Local;

namespace Vitrine.System.Tests;

/// <summary>The official C2PA implementation (tests/c2pa-verify), which knows nothing of ours.</summary>
internal static class OfficialVerifier
{
    /// <summary>What it says about each file: <c>pass</c>, or something else.</summary>
    /// <param name="anchors">File with the roots that it trusts.</param>
    public static async Task<List<string>> Judge(Repository repository, string anchors, IReadOnlyList<string> files)
    {
        var verifier = Path.Combine(repository.Root, "tests", "c2pa-verify");
        if (!Directory.Exists(Path.Combine(verifier, "node_modules"))) await Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], verifier);
        // One process for all files: it takes longer to start than to judge.
        var verdicts = Verdicts(await Run("node", ["verify.mjs", "--summary", "--anchors", anchors, .. files], verifier));
        Assert.True(verdicts.Count == files.Count, $"The verifier judged {verdicts.Count} of {files.Count} files.");
        return verdicts;
    }

    public static string Write(string folder, string name, byte[] bytes)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static List<string> Verdicts(string reports)
    {
        var verdicts = new List<string>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(reports), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            using var report = JsonDocument.ParseValue(ref reader);
            verdicts.Add(report.RootElement.GetProperty("verdict").GetString()!);
        }
        return verdicts;
    }

    private static async Task<string> Run(string program, IEnumerable<string> arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
