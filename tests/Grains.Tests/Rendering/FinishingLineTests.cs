using Vitrine.Grains.Rendering;

namespace Vitrine.Grains.Tests;

public sealed class FinishingLineTests
{
    [Fact]
    public async Task As_many_are_finished_at_once_as_there_are_cores_in_the_order_in_which_they_came()
    {
        using var line = new FinishingLine(2, nice: 0);
        using var gate = new SemaphoreSlim(0);
        var begun = new List<int>();
        var pictures = Enumerable.Range(0, 6).Select(i => line.Run(express: false, () =>
        {
            lock (begun) begun.Add(i);
            gate.Wait();
            return Task.FromResult(i);
        }, CancellationToken.None)).ToList();
        await Eventually.True(() => Begun().Count == 2);
        for (var done = 1; done < 5; done++)
        {
            gate.Release();
            await Eventually.True(() => Begun().Count == 2 + done);
        }
        gate.Release(2);

        await Task.WhenAll(pictures);
        Assert.Equal([0, 1], Begun().Take(2).Order());
        Assert.Equal([2, 3, 4, 5], Begun().Skip(2));

        IReadOnlyList<int> Begun()
        {
            lock (begun) return [.. begun];
        }
    }

    [Fact]
    public async Task An_express_picture_passes_the_line()
    {
        using var line = new FinishingLine(1, nice: 0);
        using var gate = new SemaphoreSlim(0);
        var waiting = Enumerable.Range(0, 3).Select(i => line.Run(express: false, () =>
        {
            gate.Wait();
            return Task.FromResult(i);
        }, CancellationToken.None)).ToList();

        Assert.Equal(9, await line.Run(express: true, () => Task.FromResult(9), CancellationToken.None));
        Assert.All(waiting, picture => Assert.False(picture.IsCompleted));
        gate.Release(3);
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task What_is_awaited_holds_up_nobody_and_what_comes_after_it_is_done_in_the_line_too()
    {
        using var line = new FinishingLine(1, nice: 0);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = line.Run(express: false, async () =>
        {
            var before = Thread.CurrentThread.Name;
            await answer.Task;
            return (before, Thread.CurrentThread.Name);
        }, CancellationToken.None);

        Assert.Equal(1, await line.Run(express: false, () => Task.FromResult(1), CancellationToken.None));
        answer.SetResult();
        Assert.Equal(("finish 0", "finish 0"), await slow);
    }

    [Fact]
    public async Task What_is_under_way_when_the_line_closes_is_done()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> late;
        using (var line = new FinishingLine(1, nice: 0))
        {
            late = line.Run(express: false, async () =>
            {
                await answer.Task;
                return 1;
            }, CancellationToken.None);
        }
        answer.SetResult();

        Assert.Equal(1, await late);
    }
}
