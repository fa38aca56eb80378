using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;

namespace Vitrine.Grains.Tests;

/// <summary>The numbers of a job's durable updates are the same whether they are told when they happen or from the view later, so that a reader who comes back sees nothing twice.</summary>
public sealed class JobWatchTests
{
    private static readonly RenderingStarted Second = JobHistory.Started with { Attempt = 2 };
    private static readonly RenderingFailed SecondFailed = JobHistory.Failed with { Attempt = 2 };

    public static readonly TheoryData<string, object[]> Histories = new()
    {
        { "runs", [JobHistory.Started] },
        { "succeeds", [JobHistory.Started, JobHistory.Completed] },
        { "is lost", [JobHistory.Started, JobHistory.Lost] },
        { "is canceled while it runs", [JobHistory.Started, JobHistory.Canceled] },
        { "has an output blocked", [JobHistory.Started, new OutputBlocked(1, 0, JobHistory.Forbidden, JobHistory.Noon), JobHistory.Lost] },
        { "has two outputs blocked", [JobHistory.Started, new OutputBlocked(1, 0, JobHistory.Forbidden, JobHistory.Noon), new OutputBlocked(1, 1, JobHistory.Forbidden, JobHistory.Noon), JobHistory.Lost] },
        { "waits again", [JobHistory.Started, JobHistory.Failed] },
        { "fails for good", [JobHistory.Started, JobHistory.Failed, JobHistory.Lost] },
        { "is canceled after a failed attempt", [JobHistory.Started, JobHistory.Failed, JobHistory.Canceled] },
        { "runs again", [JobHistory.Started, JobHistory.Failed, Second] },
        { "runs again after its silo died", [JobHistory.Started, Second] },
        { "succeeds at the second attempt", [JobHistory.Started, JobHistory.Failed, Second, JobHistory.Completed with { Attempt = 2 }] },
        { "is canceled at the second attempt", [JobHistory.Started, JobHistory.Failed, Second, JobHistory.Canceled] },
        { "is poisoned", [JobHistory.Started, JobHistory.Failed, Second, SecondFailed, JobHistory.Lost] },
        { "is canceled after a lost and a failed attempt", [JobHistory.Started, Second, SecondFailed, JobHistory.Canceled] },
    };

    [Theory, MemberData(nameof(Histories))]
    public void A_start_has_the_number_of_its_event_whatever_follows(string name, object[] after)
    {
        object[] history = [.. JobHistory.Accepted, .. after];
        var start = Array.FindLastIndex(history, each => each is RenderingStarted) + 1;
        var told = JobWatch.Durable(JobHistory.Fold(history)).Single(update => update.Kind == JobUpdateKind.Started);
        Assert.True(start * JobUpdate.PerEvent == told.Sequence, $"'{name}': the start is event {start} and was told as {told.Sequence}");
    }

    [Theory, MemberData(nameof(Histories))]
    public void Numbers_grow(string name, object[] after)
    {
        var numbers = JobWatch.Durable(JobHistory.Fold([.. JobHistory.Accepted, .. after])).Select(update => update.Sequence).ToList();
        Assert.True(numbers.SequenceEqual(numbers.Distinct().Order()), $"'{name}': {string.Join(", ", numbers)}");
    }
}
