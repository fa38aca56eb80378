using System.Net;

namespace Vitrine.System.Tests;

[Collection(SystemCollection.Name)]
public sealed class PolicyReloadTests(SystemFixture system)
{
    [Fact]
    public async Task A_changed_policy_decides_at_once_and_a_broken_one_leaves_the_last_good_one_in_force()
    {
        using var client = system.Client(system.ApiKey);
        var file = Path.Combine(system.Policies, "prompt-rules.yaml");
        var original = await File.ReadAllTextAsync(file);
        var rule = """

              - id: house-no-teapots
                category: house
                sentence: This brand shows no teapots; ask for a coffee pot.
                source: House rule of the test
                severity: block
                languages: [en]
                terms: [teapot]
            """;
        try
        {
            Assert.Equal(HttpStatusCode.Accepted, (await client.PostJob(new { prompt = "a teapot" })).Status);

            await File.WriteAllTextAsync(file, original.TrimEnd() + Environment.NewLine + rule.TrimStart('\r', '\n') + Environment.NewLine);
            Answer blocked = null!;
            await Wire.Eventually(async () => (blocked = await client.PostJob(new { prompt = "a teapot" })).Status == HttpStatusCode.BadRequest, () => "the new rule was in force");
            Assert.Equal("moderation_blocked", blocked.Code);
            var openAi = await client.Post("/v1/images/generations", new { prompt = "a teapot" });
            Assert.Equal((HttpStatusCode.BadRequest, "moderation_blocked"), (openAi.Status, openAi.Code));

            await File.WriteAllTextAsync(file, "rules: [");
            await Wire.Eventually(() => Task.FromResult(SiloLog().Contains("not valid", StringComparison.Ordinal)), () => "the broken file was reported");
            Assert.Equal(HttpStatusCode.BadRequest, (await client.PostJob(new { prompt = "a teapot" })).Status);

            // Tags on which the parser itself fails: a silo outlives any edit.
            await File.WriteAllTextAsync(file, "rules: !!a+b x");
            await Wire.Eventually(() => Task.FromResult(SiloLog().Contains("A tag or an escape", StringComparison.Ordinal)), () => "the file with the tag was reported");
            Assert.Equal(HttpStatusCode.BadRequest, (await client.PostJob(new { prompt = "a teapot" })).Status);
        }
        finally
        {
            await File.WriteAllTextAsync(file, original);
        }
        await Wire.Eventually(async () => (await client.PostJob(new { prompt = "a teapot" })).Status == HttpStatusCode.Accepted, () => "the original rules were in force again");
    }

    private string SiloLog()
    {
        using var stream = new FileStream(Directory.EnumerateFiles(system.Platform.Logs, "silo*").Order().Last(), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
