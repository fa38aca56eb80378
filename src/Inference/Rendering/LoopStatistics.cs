namespace Vitrine.Inference;

/// <summary>Counters of one device: written by its threads and by callers that queue, read by anyone.</summary>
internal sealed class LoopStatistics(int maxBatch, int lanes)
{
    private readonly Lock gate = new();
    private readonly long[] runsByBatch = new long[maxBatch + 1];
    private long stepsRun, pictureSteps, tiles, completed, cancelled, failed, setAside, reopened;
    private readonly int[] inFlight = new int[lanes];
    private int waiting;
    private TimeSpan stepTime;

    public void Queued(int change)
    {
        lock (gate)
            waiting += change;
    }

    public void OnDevice(int lane, int pictures)
    {
        lock (gate)
            inFlight[lane] = pictures;
    }

    public void Stepped(int pictures, TimeSpan elapsed)
    {
        lock (gate)
        {
            stepsRun++;
            pictureSteps += pictures;
            runsByBatch[pictures]++;
            stepTime += elapsed;
        }
    }

    public void RanTile()
    {
        lock (gate)
            tiles++;
    }

    public void SetAside(int pictures)
    {
        lock (gate)
            setAside += pictures;
    }

    public void Reopened()
    {
        lock (gate)
            reopened++;
    }

    public void Ended(PictureEnd end)
    {
        lock (gate)
            _ = end switch { PictureEnd.Completed => completed++, PictureEnd.Cancelled => cancelled++, _ => failed++ };
    }

    public EngineStatistics Snapshot()
    {
        lock (gate)
            return new EngineStatistics
            {
                // Below zero for the moment in which a picture is taken in before it is counted.
                InFlight = inFlight.Sum(), Waiting = Math.Max(0, waiting), StepsRun = stepsRun, PictureSteps = pictureSteps, RunsByBatch = [.. runsByBatch],
                StepTime = stepTime, Tiles = tiles, Completed = completed, Cancelled = cancelled, Failed = failed, SetAside = setAside, LanesReopened = reopened,
            };
    }
}

/// <summary>How a picture left the device.</summary>
internal enum PictureEnd { Completed, Cancelled, Failed }
