namespace Vitrine.Inference;

/// <summary>Something whose present run can be told to end: ONNX Runtime looks for the word between two operators.</summary>
internal interface ITerminable
{
    /// <summary>Tells the run to end (true), or makes the next run possible (false). Safe from any thread.</summary>
    void Terminate(bool value);
}

/// <summary>Ends calls of the runtime that go on for too long. One thread begins and ends calls, another looks.</summary>
internal sealed class CallWatch(TimeSpan limit, TimeProvider time)
{
    private readonly Lock gate = new();
    private ITerminable? running;
    private long since;

    /// <summary>Whether the last call was told to end.</summary>
    public bool Fired { get; private set; }

    /// <summary>How long a call has gone on since it was told to end; zero where none was.</summary>
    public TimeSpan Overdue
    {
        get
        {
            lock (gate)
                return running is not null && Fired ? time.GetElapsedTime(since) - limit : TimeSpan.Zero;
        }
    }

    public void Begin(ITerminable call)
    {
        lock (gate)
            (running, since, Fired) = (call, time.GetTimestamp(), false);
    }

    public void End()
    {
        lock (gate)
        {
            if (Fired)
                running?.Terminate(false);
            running = null;
        }
    }

    public void Look()
    {
        lock (gate)
        {
            if (running is null || Fired || time.GetElapsedTime(since) < limit)
                return;
            Fired = true;
            running.Terminate(true);
        }
    }
}
