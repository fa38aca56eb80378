using System.Runtime.InteropServices;

namespace Vitrine.Local;

/// <summary>
/// Cancels its token when the user or the system wants us to end: Ctrl-C, SIGTERM, a closed terminal, or the end of the process that
/// started us. The last one matters because <c>dotnet run</c> is our parent, and killing it does not kill us.
/// A second Ctrl-C ends us at once; the children go with us.
/// </summary>
public sealed class Interruption : IDisposable
{
    private static readonly TimeSpan ParentPoll = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Task _watch;

    public Interruption()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            _signals.Add(PosixSignalRegistration.Create(signal, Hear));
        _watch = WatchParent(Posix.GetParentProcess());
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _source.Cancel(); // Ends the watch.
    }

    /// <summary>Completes when the token is cancelled.</summary>
    public async Task Wait()
    {
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Token.Register(interrupted.SetResult);
        await interrupted.Task;
    }

    private void Hear(PosixSignalContext context)
    {
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }

    private async Task WatchParent(int parent)
    {
        try
        {
            using var timer = new PeriodicTimer(ParentPoll);
            while (await timer.WaitForNextTickAsync(Token))
                if (Posix.GetParentProcess() != parent)
                    await _source.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // We are ending.
        }
    }
}
