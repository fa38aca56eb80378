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
        Assert.Equal(0, engine.Statistics.RunsByBatch.Skip(9).Sum());
    }

    private static int Choose(params (int Batch, double Milliseconds)[] runs) =>
        BatchCalibration.Choose([.. runs.Select(run => (run.Batch, TimeSpan.FromMilliseconds(run.Milliseconds)))]);
}
