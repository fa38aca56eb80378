namespace Vitrine.Local;

/// <summary>Starts a private server again whenever it ends by itself. Silo and gateway find it again on its port without being told.</summary>
public sealed class PostgresWatch(PrivatePostgres server, Action<string> say, TimeProvider time)
{
    /// <summary>A server that ends more often than this within <see cref="Window"/> will not be mended by another start.</summary>
    public const int MaxEnds = 5;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Backends of a postmaster that was killed hold its shared memory until they notice; before that no other one starts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    private readonly Queue<long> _ends = new();

    /// <summary>Runs until it is cancelled.</summary>
    /// <exception cref="InvalidOperationException">The server does not come back, or ends again and again.</exception>
    public async Task Run(CancellationToken ct)
    {
        while (true)
        {
            await server.Exited(ct);
            _ends.Enqueue(time.GetTimestamp());
            while (time.GetElapsedTime(_ends.Peek()) > Window) _ends.Dequeue();
            if (_ends.Count > MaxEnds)
                throw new InvalidOperationException($"PostgreSQL ended {_ends.Count} times within {Window.TotalSeconds:0} s; its log in {server.LogFile} says why.");
            say("PostgreSQL ended by itself; starting it again.");
            await Restart(ct);
            say("PostgreSQL runs again.");
        }
    }

    private async Task Restart(CancellationToken ct)
    {
        for (var started = time.GetTimestamp(); ;)
        {
            try
            {
                await server.Restart(ct);
                return;
            }
            catch (InvalidOperationException) when (time.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Again, time, ct);
            }
        }
    }
}
