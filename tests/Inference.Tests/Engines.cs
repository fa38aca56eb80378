namespace Vitrine.Inference.Tests;

/// <summary>Engines on the shipped models, and the requests that tests vary.</summary>
internal static class Engines
{
    public const string Sticker = "vitrine-sticker";

    public static ModelCatalogue Shipped { get; } = ModelCatalogue.Load(RepositoryFiles.Models);

    public static ImageRequest Apple { get; } = new(Sticker, "a red apple, 3d style", "", Seed: 7, Steps: 4, Guidance: 4, Width: 64, Height: 64);

    public static RenderingEngine AnEngine(EngineOptions? options = null, Action? betweenTurns = null) =>
        new(Shipped, options ?? new EngineOptions(), time: null, betweenTurns);

    /// <summary>Waits for something that another thread does; the test run's own limit bounds it.</summary>
    public static async Task Until(Func<bool> fact)
    {
        while (!fact())
            await Task.Yield();
    }

    /// <summary>Renders all requests in one batch: the device waits at its first turn until every one of them is queued.</summary>
    public static async Task<(RenderedImage[] Images, EngineStatistics Statistics)> Together(EngineOptions options, params ImageRequest[] requests)
    {
        using var gate = new ManualResetEventSlim();
        await using var engine = AnEngine(options, gate.Wait);
        var tasks = requests.Select(request => engine.Render(request)).ToArray();
        await Until(() => engine.Statistics.Waiting == requests.Length);
        gate.Set();
        return (await Task.WhenAll(tasks), engine.Statistics);
    }
}
