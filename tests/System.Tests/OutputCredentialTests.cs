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
            sound.Add(OfficialVerifier.Write(folder, $"{format}-{size}.{format}", bytes));
            bytes[^30] ^= 1;
            broken.Add(OfficialVerifier.Write(folder, $"{format}-{size}-altered.{format}", bytes));
        }

        var verdicts = await OfficialVerifier.Judge(system.Repository, system.Platform.Access.TrustAnchor, [.. sound, .. broken]);

        Assert.All(verdicts.Take(sound.Count), verdict => Assert.Equal("pass", verdict));
        Assert.All(verdicts.Skip(sound.Count), verdict => Assert.NotEqual("pass", verdict));
        Directory.Delete(folder, recursive: true);
    }
}
