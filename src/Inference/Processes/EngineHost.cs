using System.Collections.Concurrent;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Vitrine.Inference;

/// <summary>The engine's own process: does what the other side of a pipe asks and ends when that side is gone.</summary>
public static class EngineHost
{
    /// <summary>How often the engine says that it lives.</summary>
    public static readonly TimeSpan StatusEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>The word on a program's command line, before the name of the pipe, that asks for an engine.</summary>
    public const string Command = "engine";

    /// <summary>Serves one user over a named pipe until it is gone.</summary>
    /// <exception cref="InvalidDataException">The other side speaks something else.</exception>
    public static async Task Run(string pipe, CancellationToken cancellation)
    {
        // A Ctrl-C in a terminal goes to every process of it; whoever uses the engine decides when it ends.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        await using var stream = new NamedPipeClientStream(".", pipe, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        await stream.ConnectAsync(TimeSpan.FromSeconds(10), cancellation);
        using var frames = new Frames(stream);
        if (await frames.Read(cancellation) is not (FrameKind.Start, var start))
            throw new InvalidDataException("An engine's first word is its options.");
        var catalogue = ModelCatalogue.Load(start.ReadString());
        await using var engine = new RenderingEngine(catalogue, JsonSerializer.Deserialize<EngineOptions>(start.ReadString())!);
        await using var conversation = new Conversation(engine, frames);
        await conversation.Run(cancellation);
    }

    private sealed class Conversation(RenderingEngine engine, Frames frames) : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<long, (CancellationTokenSource Cancel, CancellationTokenSource Pause)> open = [];
        private readonly CancellationTokenSource ended = new();

        public async Task Run(CancellationToken cancellation)
        {
            _ = Task.Run(TellStatus, cancellation);
            while (await frames.Read(cancellation) is var (kind, body))
            {
                var id = body.ReadInt64();
                switch (kind)
                {
                    case FrameKind.Render: _ = Render(id, body.ReadRequest()); break;
                    case FrameKind.Load: _ = Load(id, body.ReadString()); break;
                    case FrameKind.Cancel when open.TryGetValue(id, out var picture): await picture.Cancel.CancelAsync(); break;
                    case FrameKind.Pause when open.TryGetValue(id, out var picture): await picture.Pause.CancelAsync(); break;
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await ended.CancelAsync();
            ended.Dispose();
            foreach (var picture in open.Values)
                await picture.Cancel.CancelAsync();
        }

        private async Task Render(long id, ImageRequest request)
        {
            using var cancel = new CancellationTokenSource();
            using var pause = new CancellationTokenSource();
            open[id] = (cancel, pause);
            try
            {
                // Progress is told in order: the pipe's writer is one queue, and the callback waits for its frame.
#pragma warning disable RS0030 // The engine gives each listener a thread of its own and waits for nobody.
                var image = await engine.Render(request, progress => frames.Write(FrameKind.Progress, to => { to.Write(id); to.Write(progress); }, cancel.Token).GetAwaiter().GetResult(), cancel.Token, pause.Token);
#pragma warning restore RS0030
                await Tell(FrameKind.Rendered, id, to => to.Write(image));
            }
#pragma warning disable CA1031 // Whatever it is, it is the other side's to hear.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                await Tell(FrameKind.Failed, id, to => to.WriteFailure(failure));
            }
            finally
            {
                open.TryRemove(id, out _);
            }
        }

        private async Task Load(long id, string model)
        {
            try
            {
                await engine.Load(model, ended.Token);
                await Tell(FrameKind.Loaded, id, static _ => { });
            }
#pragma warning disable CA1031 // As above.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                await Tell(FrameKind.Failed, id, to => to.WriteFailure(failure));
            }
        }

        private async Task TellStatus()
        {
            using var timer = new PeriodicTimer(StatusEvery);
            try
            {
                do
                    await Tell(FrameKind.Status, 0, to =>
                    {
                        to.Write(engine.Overdue.Ticks);
                        to.Write(engine.Slots);
                        to.Write(JsonSerializer.Serialize(engine.Statistics));
                        to.Write(JsonSerializer.Serialize(engine.Resident));
                    });
                while (await timer.WaitForNextTickAsync(ended.Token));
            }
            catch (OperationCanceledException)
            {
                // The conversation is over.
            }
        }

        private async Task Tell(FrameKind kind, long id, Action<BinaryWriter> body)
        {
            try
            {
                await frames.Write(kind, to => { to.Write(id); body(to); }, CancellationToken.None);
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException)
            {
                // Nobody listens any more; the reader sees it too and ends the process.
            }
        }
    }
}
