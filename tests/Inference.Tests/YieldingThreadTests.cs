namespace Vitrine.Inference.Tests;

public sealed class YieldingThreadTests
{
    [Theory, InlineData(0), InlineData(7), InlineData(YieldingThread.LargestNice)]
    public async Task A_thread_has_the_nice_value_that_it_was_started_with_and_others_keep_theirs(int nice)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var own = NiceOfThisThread();
        var found = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        YieldingThread.Start("test", nice, () => found.SetResult(NiceOfThisThread()));

        Assert.Equal(nice == 0 ? own : nice, await found.Task);
        Assert.Equal(own, await Task.Run(NiceOfThisThread));
    }

    [Fact]
    public async Task The_lanes_of_an_engine_yield_and_an_express_picture_does_not()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (own, turns) = (NiceOfThisThread(), new List<(long Steps, int Nice)>());
        RenderingEngine? engine = null;
        await using (engine = Engines.AnEngine(new EngineOptions { Nice = 12, Lanes = 1, Batch = 2 }, betweenTurns: () => turns.Add((engine!.Statistics.StepsRun, NiceOfThisThread()))))
        {
            var alone = (await engine.Render(Engines.Apple)).Image.Pixels;
            Assert.Equal(alone, (await engine.Render(Engines.Apple with { Express = true })).Image.Pixels);
            Assert.Equal(alone, (await engine.Render(Engines.Apple)).Image.Pixels);
        }

        // Four steps each; the turn before a step says who takes it.
        var takers = turns.Where(turn => turn.Steps < 12).DistinctBy(turn => turn.Steps).Select(turn => turn.Nice).ToList();
        Assert.Equal([12, 12, 12, 12, own, own, own, own, 12, 12, 12, 12], takers);
    }

    [Fact]
    public void A_nice_value_outside_its_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => YieldingThread.Start("test", -1, () => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => YieldingThread.Start("test", 20, () => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RenderingEngine(Engines.Shipped, new EngineOptions { Nice = 20 }));
    }

    // Field 19 of stat(5); the name in parentheses may hold spaces.
    private static int NiceOfThisThread()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], System.Globalization.CultureInfo.InvariantCulture);
    }
}
