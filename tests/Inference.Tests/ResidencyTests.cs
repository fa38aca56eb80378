namespace Vitrine.Inference.Tests;

/// <summary>Several models share one device's memory.</summary>
public sealed class ResidencyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ModelCatalogue catalogue;

    public ResidencyTests()
    {
        foreach (var name in (string[])["a", "b", "c"])
            TinyModels.Write(folder, name);
        catalogue = TinyModels.Catalogue(folder, TinyModels.Card(folder, "a", 100), TinyModels.Card(folder, "b", 100), TinyModels.Card(folder, "c", 100));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_picture_waits_while_the_place_of_its_model_is_in_use()
    {
        using var gate = new ManualResetEventSlim();
        await using var engine = new RenderingEngine(catalogue, new EngineOptions { MemoryBudget = 150L << 20 }, null, gate.Wait);
        var busy = engine.Render(TinyModels.Request("a"));
        await Engines.Until(() => engine.Statistics.Waiting == 1);
        var cold = engine.Render(TinyModels.Request("b"));
        Assert.Equal(["a"], engine.Resident);
        gate.Set();
        await busy;

        Assert.Equal(8, (await cold).Image.Width);
        Assert.Equal(["b"], engine.Resident);
        Assert.Equal(2, engine.Statistics.Loads);
        Assert.True(engine.Statistics.LoadTime > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_model_in_constant_use_does_not_keep_a_cold_one_out()
    {
        await using var engine = new RenderingEngine(catalogue, new EngineOptions { MemoryBudget = 150L << 20 });
        using var enough = new CancellationTokenSource();
        // Two callers that overlap: at no moment does nobody use the model.
        var callers = Enumerable.Range(0, 2).Select(async _ =>
        {
            var done = 0;
            for (; !enough.IsCancellationRequested; done++)
                await engine.Render(TinyModels.Request("a"));
            return done;
        }).ToList();
        await Engines.Until(() => engine.Statistics.Completed > 10);

        await engine.Render(TinyModels.Request("b"));
        await enough.CancelAsync();

        Assert.All(await Task.WhenAll(callers), done => Assert.True(done > 0));
    }

    [Fact]
    public async Task The_least_recently_used_leaves_first_and_a_pinned_one_never()
    {
        await using var engine = new RenderingEngine(catalogue, new EngineOptions { MemoryBudget = 250L << 20, Pinned = ["a"] });
        await engine.Render(TinyModels.Request("a"));
        await engine.Render(TinyModels.Request("b"));
        await engine.Render(TinyModels.Request("c"));
        Assert.Equal(["a", "c"], engine.Resident.Order());
        await engine.Render(TinyModels.Request("b"));
        Assert.Equal(["a", "b"], engine.Resident.Order());
    }

    [Fact]
    public async Task What_never_fits_is_refused_at_once()
    {
        await using var small = new RenderingEngine(catalogue, new EngineOptions { MemoryBudget = 50L << 20 });
        await Assert.ThrowsAsync<ModelDoesNotFitException>(() => small.Render(TinyModels.Request("a")));
        await using var pinned = new RenderingEngine(catalogue, new EngineOptions { MemoryBudget = 150L << 20, Pinned = ["a"] });
        await pinned.Render(TinyModels.Request("a"));
        Assert.Contains("pinned models: a", (await Assert.ThrowsAsync<ModelDoesNotFitException>(() => pinned.Render(TinyModels.Request("b")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_for_a_place_can_be_cancelled()
    {
        using var gate = new ManualResetEventSlim();
        using var cancelled = new CancellationTokenSource();
        await using var engine = new RenderingEngine(catalogue, new EngineOptions { MemoryBudget = 150L << 20 }, null, gate.Wait);
        var busy = engine.Render(TinyModels.Request("a"));
        await Engines.Until(() => engine.Statistics.Waiting == 1);
        var cold = engine.Render(TinyModels.Request("b"), cancellation: cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cold);
        gate.Set();
        await busy;
        await engine.Render(TinyModels.Request("c"));
    }
}
