namespace Vitrine.Inference;

/// <summary>Something whose present run can be told to end: ONNX Runtime looks for the word between two operators.</summary>
internal interface ITerminable
{
    /// <summary>Tells the run to end (true), or makes the next run possible (false). Safe from any thread.</summary>
    void Terminate(bool value);
}

/// <summary>Makes calls of the runtime, takes their time, and ends those that go on for too long. One thread calls, another looks.</summary>
internal sealed class CallWatch(Device device, TimeSpan limit, TimeProvider time)
{
    private readonly Lock gate = new();
    private ITerminable? running;
    private long since;

    /// <summary>Whether the last call was told to end.</summary>
    private bool fired;

    /// <summary>How long a call has gone on since it was told to end; zero where none was.</summary>
    public TimeSpan Overdue
    {
        get
        {
            lock (gate)
                return running is not null && fired ? time.GetElapsedTime(since) - limit : TimeSpan.Zero;
        }
    }

    /// <summary>One call, and how long it took. Give it static lambdas, so that a step allocates nothing.</summary>
    /// <param name="size">Rows, or pixels of a tile.</param>
    /// <param name="failure">Null where it succeeded.</param>
    public TimeSpan Run<T>(T on, int size, Action<T, int> run, out RenderFailedException? failure) where T : ITerminable
    {
        failure = null;
        var start = time.GetTimestamp();
        try
        {
            Begin(on);
            run(on, size);
        }
#pragma warning disable CA1031 // The runtime's own exceptions, memory that ran out, a bug: it is the failure of these pictures, and the others go on.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            failure = fired
                ? new RenderFailedException(RenderFailure.TooSlow, $"{device} was ended after {limit.TotalSeconds:0.#} s in one call of the model.", thrown)
                : new RenderFailedException(RenderFailure.Device, $"{device} could not run the batch: {thrown.Message}", thrown);
        }
        finally
        {
            End();
        }
        return time.GetElapsedTime(start);
    }

    public void Look()
    {
        lock (gate)
        {
            if (running is null || fired || time.GetElapsedTime(since) < limit)
                return;
            fired = true;
            running.Terminate(true);
        }
    }

    private void Begin(ITerminable call)
    {
        lock (gate)
            (running, since, fired) = (call, time.GetTimestamp(), false);
    }

    private void End()
    {
        lock (gate)
        {
            if (fired)
                running?.Terminate(false);
            running = null;
        }
    }
}
