namespace Vitrine.Inference;

/// <summary>
/// Whose turns a lane takes: those of one thread, or of two by turns. A thread that yields cannot become more urgent again. So a lane that yields has a second thread that does not, and the first lets it
/// turn while an express picture is there, or waits for those that were passed before, which then leave the sooner. Only ever one of the two turns.
/// </summary>
internal sealed class LaneThreads
{
    private readonly object turning = new();
    private readonly Func<bool> waitForWork, isExpressNext, isStopping;
    private readonly Action turn;
    private readonly Action<Exception?> end;
    private readonly bool hasUrgentThread;
    private bool urgentTurns, ended;
    private Exception? bug;

    private LaneThreads(Func<bool> waitForWork, Func<bool> isExpressNext, Func<bool> isStopping, Action turn, Action<Exception?> end, bool hasUrgentThread) =>
        (this.waitForWork, this.isExpressNext, this.isStopping, this.turn, this.end, this.hasUrgentThread) = (waitForWork, isExpressNext, isStopping, turn, end, hasUrgentThread);

    /// <param name="name">Of the device and the lane.</param>
    /// <param name="nice">How far the first thread yields; at 0 there is no second.</param>
    /// <param name="waitForWork">Waits until there is something to do; false when the lane has been stopped.</param>
    /// <param name="isExpressNext">Whether the urgent thread should turn.</param>
    /// <param name="end">Called once, after the last turn, with what a turn threw.</param>
    public static void Start(string name, int nice, Func<bool> waitForWork, Func<bool> isExpressNext, Func<bool> isStopping, Action turn, Action<Exception?> end)
    {
        var threads = new LaneThreads(waitForWork, isExpressNext, isStopping, turn, end, hasUrgentThread: nice > 0);
        YieldingThread.Start("render " + name, nice, threads.Run);
        if (threads.hasUrgentThread)
            YieldingThread.Start("express " + name, 0, threads.RunUrgent);
    }

    private void Run()
    {
        try
        {
            while (bug is null && waitForWork())
                if (hasUrgentThread && isExpressNext())
                    HandOver();
                else
                    turn();
        }
#pragma warning disable CA1031 // No turn is expected to throw. If one does, nobody may be left waiting, and later requests must hear why.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            bug = thrown;
        }
        lock (turning)
        {
            ended = true;
            Monitor.Pulse(turning);
        }
        end(bug);
    }

    private void HandOver()
    {
        lock (turning)
        {
            urgentTurns = true;
            Monitor.PulseAll(turning);
            while (urgentTurns)
                Monitor.Wait(turning);
        }
    }

    private void RunUrgent()
    {
        lock (turning)
            while (true)
            {
                while (!urgentTurns && !ended)
                    Monitor.Wait(turning);
                if (ended)
                    return;
                try
                {
                    do
                        turn();
                    while (!isStopping() && isExpressNext());
                }
#pragma warning disable CA1031 // As in Run, which sees it as soon as it has its turn again.
                catch (Exception thrown)
#pragma warning restore CA1031
                {
                    bug = thrown;
                }
                urgentTurns = false;
                Monitor.PulseAll(turning);
            }
    }
}
