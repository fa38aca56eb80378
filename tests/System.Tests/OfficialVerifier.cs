using System.Diagnostics;
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
        var verdicts = new List<string>();
        foreach (var file in files)
        {
            var report = await Run("node", ["verify.mjs", "--summary", "--anchors", anchors, file], verifier);
            verdicts.Add(JsonSerializer.Deserialize<JsonElement>(report).GetProperty("verdict").GetString()!);
        }
        return verdicts;
    }

    public static string Write(string folder, string name, byte[] bytes)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static async Task<string> Run(string program, IEnumerable<string> arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
