using System.Diagnostics;
using System.Text.Json;

namespace Vitrine.System.Tests;

/// <summary>What leaves the platform, judged by the official C2PA implementation (tests/c2pa-verify), which knows nothing of ours.</summary>
[Collection(SystemCollection.Name)]
public sealed class OutputCredentialTests(SystemFixture system)
{
    [Fact]
    public async Task Every_format_carries_a_credential_that_the_official_verifier_trusts_and_none_survives_a_change()
    {
        using var client = system.Client(system.ApiKey);
        var folder = Directory.CreateTempSubdirectory("vitrine-judge-").FullName;
        var sound = new List<string>();
        var broken = new List<string>();
        foreach (var (format, size) in new[] { ("png", "64x64"), ("jpeg", "64x64"), ("webp", "64x64"), ("png", "512x256"), ("jpeg", "256x512"), ("webp", "1024x1024") })
        {
            var job = await client.End((await client.PostJob(new { prompt = "a purple heart", format, size, quality = 90 })).Body.GetProperty("id").GetString()!);
            Assert.Equal("succeeded", job.GetProperty("state").GetString());
            var asset = job.GetProperty("assets")[0];
            Assert.Equal(size, $"{asset.GetProperty("width").GetInt32()}x{asset.GetProperty("height").GetInt32()}");
            var bytes = (await client.Get($"/v1/assets/{asset.GetProperty("id").GetString()}/content")).Bytes;
            sound.Add(Write(folder, $"{format}-{size}.{format}", bytes));
            bytes[^30] ^= 1;
            broken.Add(Write(folder, $"{format}-{size}-altered.{format}", bytes));
        }

        var verdicts = await Judge([.. sound, .. broken]);

        Assert.All(verdicts.Take(sound.Count), verdict => Assert.Equal("pass", verdict));
        Assert.All(verdicts.Skip(sound.Count), verdict => Assert.NotEqual("pass", verdict));
        Directory.Delete(folder, recursive: true);
    }

    private async Task<List<string>> Judge(IReadOnlyList<string> files)
    {
        var verifier = Path.Combine(system.Repository.Root, "tests", "c2pa-verify");
        if (!Directory.Exists(Path.Combine(verifier, "node_modules"))) await Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], verifier);
        var verdicts = new List<string>();
        foreach (var file in files)
        {
            var report = await Run("node", ["verify.mjs", "--summary", "--anchors", system.Platform.Access.TrustAnchor, file], verifier);
            verdicts.Add(JsonSerializer.Deserialize<JsonElement>(report).GetProperty("verdict").GetString()!);
        }
        return verdicts;
    }

    private static string Write(string folder, string name, byte[] bytes)
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
