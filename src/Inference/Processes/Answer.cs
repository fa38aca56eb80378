using System.Threading.Channels;

namespace Vitrine.Inference;

/// <summary>What one question to an engine's process is waiting for. Progress is told in order on a thread of its own, and never after the answer.</summary>
internal sealed class Answer
{
    private const int MostReports = 16; // As many as the engine itself keeps for a slow listener.

    private readonly TaskCompletionSource<object> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<RenderProgress> reports = Channel.CreateBounded<RenderProgress>(new BoundedChannelOptions(MostReports) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public Answer(Action<RenderProgress>? progress) => Completion = Task.Run(() => Complete(progress));

    public Task<object> Completion { get; }

    public void Tell(RenderProgress progress) => reports.Writer.TryWrite(progress);

    public void Succeed(object answer) => End(() => answered.TrySetResult(answer));

    public void Fail(Exception failure) => End(() => answered.TrySetException(failure));

    public void Cancel(CancellationToken cancellation) => End(() => answered.TrySetCanceled(cancellation));

    private void End(Action answer)
    {
        answer();
        reports.Writer.TryComplete();
    }

    private async Task<object> Complete(Action<RenderProgress>? progress)
    {
        await foreach (var report in reports.Reader.ReadAllAsync())
            progress?.Invoke(report);
        return await answered.Task;
    }
}
