using Vitrine.Inference;

namespace Vitrine.Bench;

/// <summary>One clip of the measurement and of the sheet.</summary>
internal sealed record ClipCase(string Name, ClipRequest Request)
{
    /// <summary>Every motion, a change of prompt and one of seed, every aspect, and a start picture; with the model's own defaults.</summary>
    public static IReadOnlyList<ClipCase> All(ModelCard card, RgbImage start)
    {
        var apple = new ClipRequest(card.Name, "a red apple, 3d style", 7, card.Steps.Default, card.Guidance.Default, ClipMotion.Hold, Seconds: 3, ClipAspect.Square, ShorterSide: 360);
        var wide = apple with { Prompt = "a blue car on a yellow background, 3d style", Seed = 3, Aspect = ClipAspect.Wide };
        return
        [
            new("hold, from one prompt to another", apple with { SecondPrompt = "a yellow lemon, 3d style" }),
            new("hold, from one seed to another", apple with { SecondSeed = 21 }),
            new("loop", apple with { Motion = ClipMotion.Loop }),
            new("loop about a start picture, strength 0.6", apple with { Motion = ClipMotion.Loop, StartPicture = start, Strength = 0.6f, Prompt = "a green tree, 3d style" }),
            new("zoom-in", apple with { Motion = ClipMotion.ZoomIn }),
            new("zoom-out", apple with { Motion = ClipMotion.ZoomOut, Prompt = "a yellow lemon, 3d style", Seed = 5 }),
            new("pan-left, 16:9", wide with { Motion = ClipMotion.PanLeft }),
            new("pan-right, 16:9, to another prompt", wide with { Motion = ClipMotion.PanRight, SecondPrompt = "a red car on a green background, 3d style" }),
            new("pan-up, 9:16", wide with { Motion = ClipMotion.PanUp, Aspect = ClipAspect.Tall }),
            new("pan-down", apple with { Motion = ClipMotion.PanDown, Prompt = "a green apple on a light blue background, 3d style", Seed = 2 }),
        ];
    }
}
