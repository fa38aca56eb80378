using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using OpenAI;
using OpenAI.Images;
using OpenAI.Models;

#pragma warning disable OPENAI001 // The SDK marks its newer image options as experimental.

namespace Vitrine.System.Tests.Sdk;

/// <summary>The official OpenAI SDK for .NET, unmodified, against the whole platform.</summary>
[Collection(SystemCollection.Name)]
public sealed class DotnetSdkTests(SystemFixture system)
{
    private static readonly GeneratedImageSize Small = new(64, 64);

    [Fact]
    public async Task A_picture_comes_as_bytes()
    {
        GeneratedImage image = await (await Images()).GenerateImageAsync("a red fox, sticker", new() { Size = Small });

        AssertPng(image.ImageBytes.ToArray());
        Assert.Null(image.ImageUri);
    }

    [Fact]
    public async Task A_picture_comes_as_a_link_that_can_be_downloaded()
    {
        GeneratedImage image = await (await Images()).GenerateImageAsync("a red fox, sticker", new() { Size = Small, ResponseFormat = GeneratedImageFormat.Uri });

        using var stranger = new HttpClient();
        AssertPng(await stranger.GetByteArrayAsync(image.ImageUri));
    }

    [Fact]
    public async Task Four_pictures_come_with_their_usage()
    {
        GeneratedImageCollection images = await (await Images()).GenerateImagesAsync("a red fox, sticker", 4, new() { Size = Small });

        Assert.Equal(4, images.Count);
        Assert.All(images, image => AssertPng(image.ImageBytes.ToArray()));
        Assert.Equal(images.Usage.InputTokenCount + images.Usage.OutputTokenCount, images.Usage.TotalTokenCount);
        Assert.True(images.Usage.OutputTokenCount > 0);
    }

    [Fact]
    public async Task Jpeg_and_webp_are_what_they_say()
    {
        var client = await Images();

        GeneratedImage jpeg = await client.GenerateImageAsync("a red fox, sticker", new() { Size = Small, OutputFileFormat = GeneratedImageFileFormat.Jpeg, OutputCompressionFactor = 80 });
        GeneratedImage webp = await client.GenerateImageAsync("a red fox, sticker", new() { Size = Small, OutputFileFormat = GeneratedImageFileFormat.Webp });

        Assert.Equal([0xFF, 0xD8, 0xFF], jpeg.ImageBytes.ToArray()[..3]);
        Assert.Equal("RIFF"u8.ToArray(), webp.ImageBytes.ToArray()[..4]);
        Assert.Equal("WEBP"u8.ToArray(), webp.ImageBytes.ToArray()[8..12]);
    }

    [Fact]
    public async Task The_models_are_listed_and_found_by_name()
    {
        var models = Client(system.ApiKey).GetOpenAIModelClient();

        OpenAIModelCollection all = await models.GetModelsAsync();

        Assert.NotEmpty(all);
        OpenAIModel model = await models.GetModelAsync(all[0].Id);
        Assert.Equal((all[0].Id, "vitrine", all[0].CreatedAt), (model.Id, model.OwnedBy, model.CreatedAt));
    }

    [Fact]
    public async Task An_unknown_model_is_a_404()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => Client(system.ApiKey).GetImageClient("gpt-image-1").GenerateImageAsync("a red fox", new() { Size = Small }));

        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_cannot_be_honoured_is_a_400()
    {
        var client = await Images();

        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.GenerateImageAsync("a red fox", new() { Size = Small, Style = GeneratedImageStyle.Vivid }));

        Assert.Equal(400, error.Status);
        Assert.Contains("style", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_does_not_work_is_a_401()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => Client("vk-nobody-0000000000000000-" + new string('A', 43)).GetOpenAIModelClient().GetModelsAsync());

        Assert.Equal(401, error.Status);
    }

    [Fact]
    public async Task A_spent_budget_is_a_429()
    {
        var brand = await system.NewTenant(creditsPerMonth: 0.001m);
        var client = await Images(brand.ApiKey, options => options.RetryPolicy = new ClientRetryPolicy(maxRetries: 0));

        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.GenerateImageAsync("a red fox", new() { Size = Small }));

        Assert.Equal(429, error.Status);
        Assert.Contains("insufficient_quota", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Unlike its Node sibling this SDK does not tell its retries from first attempts, so the caller names the request, through the SDK's own extension point.</summary>
    [Fact]
    public async Task A_retry_attaches_when_the_caller_names_the_request()
    {
        var brand = await system.NewTenant();
        await using var proxy = new BreakingProxy(system.Gateway, BreakAt.Answer);
        var client = await Images(
            brand.ApiKey,
            options =>
            {
                options.Endpoint = new Uri(proxy.Address, "/v1");
                options.AddPolicy(new NamesEachCall(), PipelinePosition.PerCall);
            });

        GeneratedImage image = await client.GenerateImageAsync("a fox that is asked for twice", new() { Size = Small });

        AssertPng(image.ImageBytes.ToArray());
        Assert.Equal(2, proxy.Connections);
        using var http = system.Client(brand.ApiKey);
        var usage = await http.GetFromJsonAsync<JsonElement>($"/v1/projects/{brand.Project}/usage");
        Assert.Equal((1, 1), (usage.GetProperty("jobs").GetInt32(), usage.GetProperty("images").GetInt32()));
    }

    private async Task<ImageClient> Images(string? key = null, Action<OpenAIClientOptions>? adjust = null)
    {
        OpenAIModelCollection models = await Client(system.ApiKey).GetOpenAIModelClient().GetModelsAsync();
        return Client(key ?? system.ApiKey, adjust).GetImageClient(models[0].Id);
    }

    private OpenAIClient Client(string key, Action<OpenAIClientOptions>? adjust = null)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(system.Gateway, "/v1") };
        adjust?.Invoke(options);
        return new OpenAIClient(new ApiKeyCredential(key), options);
    }

    private static void AssertPng(byte[] bytes) => Assert.Equal([0x89, .. "PNG\r\n\x1a\n"u8], bytes[..8]);

    /// <summary>Gives every call one Idempotency-Key, which its retries keep.</summary>
    private sealed class NamesEachCall : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Name(message);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Name(message);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }

        private static void Name(PipelineMessage message) =>
            message.Request.Headers.Set("Idempotency-Key", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
    }
}
