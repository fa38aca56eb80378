namespace Vitrine.Inference.Tests;

public sealed class RefusalTests
{
    public static TheoryData<ImageRequest, string> Refused => new()
    {
        { Engines.Apple with { Steps = 0 }, "1 to 50 steps, not 0; 4 is its default" },
        { Engines.Apple with { Steps = 51 }, "1 to 50 steps" },
        { Engines.Apple with { Steps = 4, NegativePrompt = "red" }, "12 to 50 steps with a negative prompt, not 4; 16 is its default" },
        { Engines.Apple with { Guidance = 0.9f }, "guidance of 1 to 6, not 0.9" },
        { Engines.Apple with { Guidance = float.NaN }, "guidance of 1 to 6" },
        { Engines.Apple with { Width = 0 }, "multiples of 8 from 8 to 1024, not 0x64" },
        { Engines.Apple with { Height = 65 }, "not 64x65" },
        { Engines.Apple with { Height = 1032 }, "not 64x1032" },
        { Engines.Apple with { Height = -8 }, "not 64x-8" },
        { Engines.Apple with { Seed = 1UL << 63 }, "A seed is at most 9223372036854775807" },
        { Engines.Apple with { Previews = 4 }, "4 steps have 0 to 3 previews, not 4" },
        { Engines.Apple with { Previews = -1 }, "previews" },
        { Engines.Apple with { Prompt = new string('a', 32_001) }, "at most 32000 characters" },
        { Engines.Apple with { Model = "esrgan-slim-x2" }, "takes no prompts" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_request_that_no_model_takes_is_refused_with_what_would_work(ImageRequest request, string sentence)
    {
        await using var engine = Engines.AnEngine();
        Assert.Contains(sentence, (await Assert.ThrowsAsync<ImageRequestRefusedException>(() => engine.Render(request))).Message, StringComparison.Ordinal);
        Assert.Equal(0, engine.Statistics.StepsRun);
    }

    [Fact]
    public void A_model_without_negative_steps_says_so()
    {
        Engines.Shipped.TryGet(Engines.Sticker, out var card);
        Assert.True(card!.SupportsNegativePrompt);
        Assert.Equal((4, 16), (card.StepsFor(false).Default, card.StepsFor(true).Default));
        Assert.Equal((4, 32), (ModelCard.Evaluations(4, false), ModelCard.Evaluations(16, true)));
        Assert.Contains("takes no negative prompt", (card with { NegativePromptSteps = null }).Refuse(Engines.Apple with { NegativePrompt = "x" }), StringComparison.Ordinal);
    }
}
