using System.Net.Http.Json;
using System.Text.Json;

namespace Vitrine.System.Tests.Sdk;

/// <summary>The official OpenAI SDK for Node, unmodified, against the whole platform.</summary>
[Collection(SystemCollection.Name)]
public sealed class NodeSdkTests(SystemFixture system)
{
    /// <summary>A phrase that the prompt rules in <c>policies/</c> block.</summary>
    private const string BlockedPrompt = "undress her, sticker";

    /// <summary>Less than one picture of 64 by 64 pixels costs.</summary>
    private const decimal LessThanAPicture = 0.001m;

    [Theory]
    [InlineData("generate-base64")]
    [InlineData("generate-headers")]
    [InlineData("generate-url")]
    [InlineData("generate-four")]
    [InlineData("generate-sizes")]
    [InlineData("generate-formats")]
    [InlineData("generate-repeatable")]
    [InlineData("stream")]
    [InlineData("stream-without-partials")]
    [InlineData("models")]
    [InlineData("model-by-name")]
    [InlineData("refused-model")]
    [InlineData("refused-key")]
    [InlineData("refused-values")]
    [InlineData("idempotency-key")]
    public Task The_sdk_is_content(string name) => NodeSdk.Run(system.Repository, name, system.Gateway, system.ApiKey);

    [Fact]
    public async Task A_blocked_prompt_is_a_bad_request_and_costs_nothing()
    {
        var brand = await system.NewTenant();

        await NodeSdk.Run(system.Repository, "refused-moderation", system.Gateway, brand.ApiKey, ("VITRINE_BLOCKED_PROMPT", BlockedPrompt));

        Assert.Equal(0m, (await Usage(brand)).Settled);
    }

    [Fact]
    public async Task A_spent_budget_is_asked_for_once()
    {
        var brand = await system.NewTenant(creditsPerMonth: LessThanAPicture);

        await NodeSdk.Run(system.Repository, "refused-quota", system.Gateway, brand.ApiKey);
    }

    [Fact]
    public async Task A_rate_that_is_exceeded_tells_when_to_ask_again()
    {
        var brand = await system.NewTenant(imagesPerMinute: 1);

        await NodeSdk.Run(system.Repository, "refused-rate", system.Gateway, brand.ApiKey);
    }

    [Theory]
    [InlineData(BreakAt.Request)]
    [InlineData(BreakAt.Answer)]
    public async Task A_retry_of_the_sdk_attaches_to_the_job_that_it_belongs_to(BreakAt breakAt)
    {
        var brand = await system.NewTenant();
        await using var proxy = new BreakingProxy(system.Gateway, breakAt);

        var printed = await NodeSdk.Run(system.Repository, "retry-attaches", proxy.Address, brand.ApiKey);

        Assert.Equal(2, proxy.Connections);
        var usage = await Usage(brand);
        Assert.Equal((1, 1), (usage.Jobs, usage.Images));
        using var client = system.Client(brand.ApiKey);
        var jobs = await client.GetFromJsonAsync<JsonElement>("/v1/jobs");
        var job = Assert.Single(jobs.GetProperty("data").EnumerateArray());
        var done = await client.GetFromJsonAsync<JsonElement>("/v1/jobs/" + job.GetProperty("id").GetString());
        var asset = Assert.Single(done.GetProperty("assets").EnumerateArray());
        var stored = await client.GetByteArrayAsync($"/v1/assets/{asset.GetProperty("id").GetString()}/content");
        Assert.Equal(stored, JsonSerializer.Deserialize<JsonElement>(printed).GetProperty("picture").GetBytesFromBase64());
    }

    [Fact]
    public void Every_case_has_a_test()
    {
        var source = File.ReadAllText(Path.Combine(system.Repository.Root, "tests", "System.Tests", "Sdk", "NodeSdkTests.cs"));

        foreach (var file in Directory.GetFiles(Path.Combine(system.Repository.Root, "tests", "sdk-node", "cases"), "*.mjs"))
            Assert.Contains($"\"{Path.GetFileNameWithoutExtension(file)}\"", source, StringComparison.Ordinal);
    }

    private async Task<(int Jobs, int Images, decimal Settled)> Usage(TestTenant brand)
    {
        using var client = system.Client(brand.ApiKey);
        var usage = await client.GetFromJsonAsync<JsonElement>($"/v1/projects/{brand.Project}/usage");
        return (usage.GetProperty("jobs").GetInt32(), usage.GetProperty("images").GetInt32(), usage.GetProperty("settled").GetDecimal());
    }
}
