namespace Vitrine.Inference.Tests;

/// <summary>Broken models and broken numbers: the right exception, for the right picture, in a process that lives on.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FailureTests() => TinyModels.Write(folder, "tiny");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Numbers_that_are_not_finite_fail_their_own_picture_only()
    {
        using var gate = new ManualResetEventSlim();
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions(), null, gate.Wait);
        var (healthy, broken) = (engine.Render(TinyModels.Request("tiny")), engine.Render(TinyModels.Request("tiny") with { Guidance = 3 }));
        await Engines.Until(() => engine.Statistics.Waiting == 2);
        gate.Set();
        Assert.Equal(RenderFailure.NotFinite, (await Assert.ThrowsAsync<RenderFailedException>(() => broken)).Reason);
        Assert.Equal(8, (await healthy).Image.Width);
        Assert.Equal(1, engine.Statistics.RunsByBatch[2]);
        Assert.Equal((1, 1), (engine.Statistics.Failed, engine.Statistics.Completed));
    }

    [Theory]
    [InlineData("transformer/model.onnx", 300)]
    [InlineData("transformer/model.onnx", 0)]
    [InlineData("vae_decoder/model.onnx", 5000)]
    [InlineData("tokenizer/vocab.json", 10)]
    [InlineData("scheduler/scheduler_config.json", 10)]
    public async Task Garbage_in_a_file_is_a_load_error_and_the_engine_goes_on(string file, int length)
    {
        TinyModels.Write(folder, "broken");
        var garbage = new byte[length];
        new Random(5).NextBytes(garbage);
        folder.Write($"broken/{file}", garbage);
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny"), TinyModels.Card(folder, "broken")), new EngineOptions());
        for (var attempt = 0; attempt < 2; attempt++)
            Assert.Equal("broken", (await Assert.ThrowsAsync<ModelLoadException>(() => engine.Render(TinyModels.Request("broken")))).Model);
        Assert.Equal(8, (await engine.Render(TinyModels.Request("tiny"))).Image.Height);
    }

    [Fact]
    public async Task Every_cut_and_every_flipped_byte_of_a_graph_is_survived()
    {
        const int Seed = 77;
        var random = new Random(Seed);
        var path = Path.Combine(folder.Path, "tiny", "transformer", "model.onnx");
        var whole = await File.ReadAllBytesAsync(path);
        for (var trial = 0; trial < 60; trial++)
        {
            var bytes = trial % 2 == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
            if (trial % 2 == 1)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, bytes);
            await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions());
            var error = await Record.ExceptionAsync(() => engine.Render(TinyModels.Request("tiny")));
            Assert.True(error is null or ModelLoadException or RenderFailedException, $"seed {Seed}, trial {trial}: {error}");
        }
    }

    [Fact]
    public async Task Changed_files_are_refused_with_both_digests()
    {
        var catalogue = TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny"));
        folder.Write("tiny/tokenizer/merges.txt", "#version: 0.2\na b</w>\n"u8);
        await using var engine = new RenderingEngine(catalogue, new EngineOptions());
        var error = await Assert.ThrowsAsync<ModelDigestMismatchException>(() => engine.Load("tiny"));
        Assert.Equal((catalogue.Models[0].Digest, ModelDigest.Compute(catalogue.Models[0].Folder)), (error.Expected, error.Found));
    }

    [Fact]
    public async Task A_corrected_document_leaves_the_digest_and_an_added_file_does_not()
    {
        var catalogue = TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny"));
        folder.Write("tiny/MODEL_CARD.md", "# Tiny"u8);
        await using (var engine = new RenderingEngine(catalogue, new EngineOptions()))
            await engine.Load("tiny");
        folder.Write("tiny/extra.bin", "x"u8);
        await using (var engine = new RenderingEngine(catalogue, new EngineOptions()))
            await Assert.ThrowsAsync<ModelDigestMismatchException>(() => engine.Load("tiny"));
    }

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("sub/weights.bin")]
    [InlineData("..")]
    public async Task Weights_outside_the_graphs_folder_are_refused(string location)
    {
        folder.Write("tiny/vae_decoder/model.onnx", Onnx.Model(
            [Onnx.Input("latent_sample", Onnx.Float, 3, 8, 8)], [Onnx.Input("sample", Onnx.Float, 3, 8, 8)],
            [Onnx.Node("Add", ["latent_sample", "bias"], "sample")], [Onnx.External("bias", location, 8)]));
        folder.Write("tiny/secret.bin", new byte[32]);
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions());
        Assert.Contains("only a bare file name", (await Assert.ThrowsAsync<ModelLoadException>(() => engine.Load("tiny"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_beside_the_graph_are_read()
    {
        folder.Write("tiny/vae_decoder/model.onnx", Onnx.Model(
            [Onnx.Input("latent_sample", Onnx.Float, 3, 8, 8)], [Onnx.Input("sample", Onnx.Float, 3, 8, 8)],
            [Onnx.Node("Mul", ["latent_sample", "scale"], "sample")], [Onnx.External("scale", "weights.bin", 8)]));
        folder.Write("tiny/vae_decoder/weights.bin", new byte[32]);
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions());
        Assert.All((await engine.Render(TinyModels.Request("tiny"))).Image.Pixels, value => Assert.Equal(128, value));
    }

    [Theory]
    [InlineData("RandomNormalLike")]
    [InlineData("Loop")]
    [InlineData("SequenceEmpty")]
    [InlineData("NoSuchOperator")]
    public async Task A_graph_with_an_operator_that_no_model_may_use_is_refused_by_its_name(string kind)
    {
        folder.Write("tiny/vae_decoder/model.onnx", Onnx.Model(
            [Onnx.Input("latent_sample", Onnx.Float, 3, 8, 8)], [Onnx.Input("sample", Onnx.Float, 3, 8, 8)], [Onnx.Node(kind, ["latent_sample"], "sample")]));
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions());
        Assert.Contains($"not allowed: {kind}.", (await Assert.ThrowsAsync<ModelLoadException>(() => engine.Load("tiny"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_goes_on_for_too_long_is_ended_and_the_engine_goes_on()
    {
        TinyModels.WriteSlow(folder, "slow");
        var options = new EngineOptions { Lanes = 1, Batch = 2, CallLimit = TimeSpan.FromSeconds(0.5) };
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny"), TinyModels.Card(folder, "slow")), options);

        Assert.Equal(RenderFailure.TooSlow, (await Assert.ThrowsAsync<RenderFailedException>(() => engine.Render(TinyModels.Request("slow")))).Reason);
        Assert.Equal(8, (await engine.Render(TinyModels.Request("tiny"))).Image.Width);
        Assert.Equal(TimeSpan.Zero, engine.Overdue);
    }

    [Fact]
    public async Task A_model_that_never_returns_does_not_hang_its_load()
    {
        TinyModels.WriteSlow(folder, "slow");
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "slow")), new EngineOptions { Lanes = 1, CallLimit = TimeSpan.FromSeconds(0.5) });
        await Assert.ThrowsAsync<ModelLoadException>(() => engine.Load("slow"));
    }

    [Fact]
    public async Task A_step_allocates_nothing_on_the_managed_heap()
    {
        var (before, after) = (0L, 0L);
        RenderingEngine? engine = null;
        await using (engine = Engines.AnEngine(betweenTurns: () =>
        {
            var steps = engine!.Statistics.StepsRun;
            if (steps == 60)
                before = GC.GetAllocatedBytesForCurrentThread();
            else if (steps == 61)
                after = GC.GetAllocatedBytesForCurrentThread();
        }))
        {
            // With a listener, as every picture of a job has one.
            await engine.Render(Engines.Apple with { Steps = 50 }, static _ => { });
            await engine.Render(Engines.Apple with { Steps = 50 }, static _ => { });
        }
        // The measurement itself takes two snapshots of the statistics, one on either side of the step.
        var measuring = GC.GetAllocatedBytesForCurrentThread();
        _ = engine.Statistics;
        measuring = GC.GetAllocatedBytesForCurrentThread() - measuring;
        Assert.InRange(after - before, 0, measuring);
    }

    /// <summary>One operator of several seconds, which the runtime cannot end in its middle.</summary>
    [Fact]
    public async Task A_call_that_does_not_end_although_it_was_told_to_is_given_up_and_everybody_else_is_served_apart()
    {
        TinyModels.WriteHuge(folder, "huge");
        var catalogue = TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny"), TinyModels.Card(folder, "huge"));
        var options = new EngineOptions { Lanes = 2, Batch = 2, CallLimit = TimeSpan.FromSeconds(0.2) };
        await using var engine = new GuardedEngine(RepositoryFiles.EngineProgram, catalogue, options, patience: TimeSpan.FromSeconds(0.2));
        var expected = (await engine.Render(TinyModels.Request("tiny"))).Image.Pixels;
        Assert.Equal(["tiny"], engine.Resident);

        var huge = engine.Render(TinyModels.Request("huge"));
        await Engines.Until(() => engine.Resident.Count == 0);
        var others = Enumerable.Range(0, 4).Select(_ => engine.Render(TinyModels.Request("tiny"))).ToList();

        Assert.All(await Task.WhenAll(others), picture => Assert.Equal(expected, picture.Image.Pixels));
        Assert.Contains((await Assert.ThrowsAsync<RenderFailedException>(() => huge)).Reason, new[] { RenderFailure.TooSlow, RenderFailure.Crashed });
        Assert.Equal(expected, (await engine.Render(TinyModels.Request("tiny"))).Image.Pixels);
    }

    [Fact]
    public async Task An_engine_apart_makes_the_same_picture_and_survives_what_ends_its_process()
    {
        TinyModels.WriteAborting(folder, "abort");
        await using var engine = new GuardedEngine(RepositoryFiles.EngineProgram, TinyModels.Catalogue(folder, TinyModels.Card(folder, "abort")), new EngineOptions { Lanes = 1, Batch = 8 }, idle: TimeSpan.Zero);

        Assert.Equal((await engine.Render(TinyModels.Request("abort"))).Image.Pixels, (await engine.Apart.Render(TinyModels.Request("abort"))).Image.Pixels);
        Assert.Equal(RenderFailure.Crashed, (await Assert.ThrowsAsync<RenderFailedException>(() => engine.Apart.Render(TinyModels.Request("abort") with { Guidance = 3 }))).Reason);
        Assert.InRange(engine.Statistics.Crashes, 1, 2);
        Assert.Equal(8, (await engine.Render(TinyModels.Request("abort"))).Image.Width);
    }

    [Fact]
    public async Task A_thread_that_ends_by_an_error_of_its_own_is_replaced()
    {
        var bug = 1;
        await using var engine = Engines.AnEngine(betweenTurns: () =>
        {
            if (Interlocked.Exchange(ref bug, 0) == 1) throw new InvalidOperationException("a bug");
        });

        var failed = await Assert.ThrowsAsync<RenderFailedException>(() => engine.Render(Engines.Apple));
        Assert.Contains("a bug", failed.Message, StringComparison.Ordinal);
        await Engines.Until(() => engine.Statistics.LanesReopened == 1);
        Assert.Equal(64, (await engine.Render(Engines.Apple)).Image.Width);
    }

    [Fact]
    public async Task An_unknown_model_is_named_beside_the_known_ones()
    {
        await using var engine = new RenderingEngine(TinyModels.Catalogue(folder, TinyModels.Card(folder, "tiny")), new EngineOptions());
        Assert.Contains("tiny", (await Assert.ThrowsAsync<ModelLoadException>(() => engine.Render(TinyModels.Request("dall-e-3")))).Message, StringComparison.Ordinal);
    }
}
