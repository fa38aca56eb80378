using CsCheck;

namespace Vitrine.Inference.Tests;

public sealed class BatchCalibrationTests
{
    [Fact]
    public void The_smallest_batch_with_98_percent_of_the_best_is_chosen()
    {
        Assert.Equal(4, Choose((1, 10), (2, 12), (4, 16), (8, 31.5)));
        Assert.Equal(8, Choose((1, 10), (2, 11), (4, 13), (8, 17)));
        Assert.Equal(2, Choose((1, 10), (2, 20), (4, 40)));
    }

    /// <summary>CsCheck prints the seed.</summary>
    [Fact]
    public void Whatever_was_measured_the_choice_reaches_98_percent_and_nothing_smaller_does()
    {
        Gen.Double[0.5, 100].Array[1, 7].Sample(milliseconds =>
        {
            var runs = milliseconds.Select((time, i) => (Batch: 1 << i, Run: TimeSpan.FromMilliseconds(time))).ToArray();
            double Rate((int Batch, TimeSpan Run) run) => run.Batch / run.Run.TotalSeconds;
            var (best, chosen) = (runs.Max(Rate), BatchCalibration.Choose(runs));
            return chosen >= BatchCalibration.Smallest
                && (chosen == BatchCalibration.Smallest || Rate(runs.First(run => run.Batch == chosen)) >= BatchCalibration.Share * best)
                && runs.Where(run => run.Batch < chosen).All(run => run.Batch == 1 && chosen == BatchCalibration.Smallest || Rate(run) < BatchCalibration.Share * best);
        }, iter: 1000);
    }

    [Fact]
    public async Task The_shipped_model_is_calibrated_at_load_to_a_batch_within_its_bounds()
    {
        await using var engine = new RenderingEngine(Engines.Shipped, new EngineOptions { Lanes = 1 });
        var pictures = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => engine.Render(Engines.Apple with { Seed = (ulong)i })));

        Assert.Equal(8, pictures.Length);
        var chosen = engine.Slots - 1;
        Assert.InRange(chosen, BatchCalibration.Smallest, 8);
        Assert.Equal(0, engine.Statistics.RunsByBatch.Skip(chosen + 1).Sum());
        Assert.True(engine.Statistics.RunsByBatch[chosen] > 0, "eight pictures never filled a batch");
    }

    [Theory]
    // A run takes 10 ms and as much for every row, or 200 ms and 100 ms a row, or three seconds a row.
    [InlineData(10, 10, new[] { 1, 2, 4, 8 })]
    [InlineData(200, 100, new[] { 1, 2, 4 })]
    [InlineData(0, 3000, new[] { 1 })]
    public void A_slow_model_is_tried_at_more_than_one_size_unless_that_would_take_too_long(int once, int row, int[] tried)
    {
        var clock = new SteppedClock();
        var runs = new BatchCalibration(new EngineOptions { MaxBatch = 8 }, clock).Measure(rows => clock.Advance(TimeSpan.FromMilliseconds(once + row * rows)));

        Assert.Equal(tried, runs.Select(run => run.Batch));
        Assert.All(runs, run => Assert.Equal(once + row * run.Batch, run.Run.TotalMilliseconds, 3));
    }

    [Fact]
    public void An_accelerator_is_tried_with_larger_batches_than_a_processor()
    {
        Assert.Equal((8, 32), (new EngineOptions().MaxBatch, new EngineOptions { Device = new Device(DeviceKind.Cuda, 0) }.MaxBatch));
    }

    private sealed class SteppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => _ticks;
        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }

    private static int Choose(params (int Batch, double Milliseconds)[] runs) =>
        BatchCalibration.Choose([.. runs.Select(run => (run.Batch, TimeSpan.FromMilliseconds(run.Milliseconds)))]);
}
