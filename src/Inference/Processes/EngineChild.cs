using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipes;
using System.Text.Json;

namespace Vitrine.Inference;

/// <summary>The engine's process ended, or was ended, before it answered.</summary>
internal sealed class EngineLostException(string why) : Exception(why);

/// <summary>One process with an engine in it, from its start to its end.</summary>
internal sealed class EngineChild : IAsyncDisposable
{
    /// <summary>An engine that says nothing for so long, or whose call of the runtime has not ended so long after it was told to, is ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long a process may take until it says its first word: on a machine that has other things to do it is slow to start.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    private readonly Process process;
    private readonly NamedPipeServerStream stream;
    private readonly Frames frames;
    private readonly EngineOptions options;
    private readonly ConcurrentDictionary<long, Answer> open = [];
    private readonly TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long ids;
    private long heard = Stopwatch.GetTimestamp();

    private EngineChild(Process process, NamedPipeServerStream stream, EngineOptions options)
    {
        (this.process, this.stream, this.options) = (process, stream, options);
        frames = new Frames(stream);
    }

    public EngineStatistics Statistics { get; private set; } = new();

    public IReadOnlyList<string> Resident { get; private set; } = [];

    /// <summary>See <see cref="IRenderingEngine.Slots"/>; 0 before the first status.</summary>
    public int Slots { get; private set; }

    /// <summary>Completes when the process is gone.</summary>
    public Task Lost => lost.Task;

    public static async Task<EngineChild> Start(EngineProgram program, string models, EngineOptions options, CancellationToken cancellation)
    {
        var name = $"vitrine-engine-{Environment.ProcessId}-{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}";
        var stream = new NamedPipeServerStream(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(program.File, [.. program.Arguments, name]) { UseShellExecute = false })
                ?? throw new DeviceUnavailableException(options.Device, $"'{program.File}' did not start.");
            var exited = process.WaitForExitAsync(CancellationToken.None);
            var connected = stream.WaitForConnectionAsync(cancellation);
            var first = await Task.WhenAny(connected, exited, Task.Delay(StartPatience, cancellation));
            cancellation.ThrowIfCancellationRequested();
            if (first != connected)
                throw new EngineLostException(first == exited ? $"The engine's process ended with {process.ExitCode} before it said a word." : $"The engine's process said nothing for {StartPatience.TotalSeconds} s.");
            await connected;
            var child = new EngineChild(process, stream, options);
            await child.frames.Write(FrameKind.Start, to =>
            {
                to.Write(models);
                to.Write(JsonSerializer.Serialize(options));
            }, cancellation);
            _ = Task.Run(child.Listen, CancellationToken.None);
            _ = Task.Run(child.Watch, CancellationToken.None);
            return child;
        }
        catch
        {
            End(process);
            await stream.DisposeAsync();
            throw;
        }
    }

    public async Task<RenderedImage> Render(ImageRequest request, Action<RenderProgress>? progress, CancellationToken cancellation, CancellationToken pause)
    {
        var answer = new Answer(progress);
        var id = await Ask(FrameKind.Render, answer, to => to.Write(request), cancellation);
        await using var cancelling = cancellation.Register(() => Forget(FrameKind.Cancel, id, answer, cancellation));
        await using var pausing = pause.Register(() => Forget(FrameKind.Pause, id, null, default));
        return ((BinaryReader)await answer.Completion).ReadRendered();
    }

    public async Task Load(string model, CancellationToken cancellation)
    {
        var answer = new Answer(null);
        await Ask(FrameKind.Load, answer, to => to.Write(model), cancellation);
        await answer.Completion.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync(); // The engine ends when nobody is there.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End(process);
        await lost.Task;
        frames.Dispose();
        process.Dispose();
    }

    // What goes wrong is the answer, so that whoever asked learns of it in one place.
    private async Task<long> Ask(FrameKind kind, Answer answer, Action<BinaryWriter> body, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref ids);
        open[id] = answer;
        try
        {
            await frames.Write(kind, to => { to.Write(id); body(to); }, cancellation);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            NotAsked().Fail(new EngineLostException("The engine's process is gone."));
        }
        catch (OperationCanceledException)
        {
            NotAsked().Cancel(cancellation);
        }
        // Whoever listened may have looked through the open questions before this one was among them.
        if (lost.Task.IsCompleted)
            NotAsked().Fail(new EngineLostException("The engine's process is gone."));
        return id;

        Answer NotAsked()
        {
            open.TryRemove(id, out _);
            return answer;
        }
    }

    private void Forget(FrameKind kind, long id, Answer? answer, CancellationToken cancellation)
    {
        answer?.Cancel(cancellation);
        _ = frames.Write(kind, to => to.Write(id), CancellationToken.None).ContinueWith(static told => _ = told.Exception, TaskScheduler.Default);
    }

    private async Task Listen()
    {
        try
        {
            while (await frames.Read(CancellationToken.None) is var (kind, body))
            {
                heard = Stopwatch.GetTimestamp();
                Hear(kind, body.ReadInt64(), body);
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or InvalidDataException or EndOfStreamException)
        {
            // The end of the conversation, however it came about.
        }
        End(process);
        lost.SetResult();
        foreach (var answer in open.Values)
            answer.Fail(new EngineLostException("The engine's process ended in the middle of its work."));
    }

    private void Hear(FrameKind kind, long id, BinaryReader body)
    {
        if (kind == FrameKind.Status)
        {
            if (TimeSpan.FromTicks(body.ReadInt64()) > Patience)
                End(process);
            Slots = body.ReadInt32();
            Statistics = JsonSerializer.Deserialize<EngineStatistics>(body.ReadString())!;
            Resident = JsonSerializer.Deserialize<string[]>(body.ReadString())!;
            return;
        }
        if (kind == FrameKind.Progress)
        {
            if (open.TryGetValue(id, out var listener))
                listener.Tell(body.ReadProgress());
            return;
        }
        if (!open.TryRemove(id, out var answer))
            return; // Cancelled here; the engine's last word came late.
        if (kind == FrameKind.Failed)
            answer.Fail(body.ReadFailure(options.Device));
        else
            answer.Succeed(body);
    }

    private async Task Watch()
    {
        using var timer = new PeriodicTimer(EngineHost.StatusEvery);
        while (!lost.Task.IsCompleted && await timer.WaitForNextTickAsync())
            if (Stopwatch.GetElapsedTime(heard) > Patience)
            {
                End(process);
                return;
            }
    }

    private static void End(Process? process)
    {
        try
        {
            process?.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }
}
