using CsCheck;
using Vitrine.Grains.Rendering;

namespace Vitrine.Grains.Tests;

public sealed class CheckpointIntervalTests
{
    [Fact]
    public void A_model_of_fast_steps_is_hardly_ever_checkpointed_and_one_of_slow_steps_after_each()
    {
        var cost = TimeSpan.FromMilliseconds(2);

        Assert.Equal(253, CheckpointInterval.StepsOf(cost, TimeSpan.FromMilliseconds(15)));
        Assert.Equal(1, CheckpointInterval.StepsOf(cost, TimeSpan.FromSeconds(10)));
    }

    /// <summary>What the rule loses, on average, to checkpoints and to crashes together: no other interval loses less. CsCheck prints the seed.</summary>
    [Fact]
    public void No_other_interval_loses_less()
    {
        Gen.Select(Gen.Double[0.0005, 0.5], Gen.Double[0.005, 5]).Sample((cost, step) =>
        {
            var best = CheckpointInterval.StepsOf(TimeSpan.FromSeconds(cost), TimeSpan.FromSeconds(step));
            // Per second of work: one checkpoint an interval, and half an interval lost with each crash.
            double Loss(int steps) => cost / (steps * step) + steps * step / 2 / CheckpointInterval.BetweenFailures.TotalSeconds;
            return new[] { 1, Math.Max(1, best / 2), Math.Max(1, best - 1), best + 1, best * 2 }.All(other => Loss(best) <= Loss(other) * 1.05);
        }, iter: 500);
    }

    [Fact]
    public void Nothing_is_checkpointed_before_a_step_was_measured_and_a_fixed_number_is_kept()
    {
        var rule = new CheckpointInterval(null);
        Assert.Equal(0, rule.Steps);
        rule.Stepped(TimeSpan.FromSeconds(30), 3);
        Assert.Equal(1, rule.Steps);

        var fixedSteps = new CheckpointInterval(7);
        fixedSteps.Stepped(TimeSpan.FromSeconds(30), 3);
        Assert.Equal(7, fixedSteps.Steps);
    }
}
