using Vitrine.Inference;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// Where the pictures of a silo are finished: at most one a core at a time, in the order in which devices were done with them, on threads that yield to answering requests. Express pictures do not stand in this
/// line: they are few, one a lane, and are finished at once on the thread pool. What a finishing awaits holds up no thread.
/// </summary>
public sealed class FinishingLine : TaskScheduler, IDisposable
{
    private readonly Queue<Task> _line = [];
    private bool _closed;

    /// <param name="threads">Pictures that are worked on at once, 1 or more: the cores.</param>
    /// <param name="nice">See <see cref="YieldingThread"/>.</param>
    public FinishingLine(int threads, int nice)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        MaximumConcurrencyLevel = threads;
        for (var i = 0; i < threads; i++) YieldingThread.Start($"finish {i}", nice, Work);
    }

    public override int MaximumConcurrencyLevel { get; }

    /// <summary>Runs something, its continuations included, off the caller's scheduler.</summary>
    /// <param name="express">Whether it passes the line.</param>
    public Task<T> Run<T>(bool express, Func<Task<T>> finish, CancellationToken cancellation) =>
        Task.Factory.StartNew(finish, cancellation, TaskCreationOptions.DenyChildAttach, express ? Default : this).Unwrap();

    /// <summary>Lets what is in the line be done and its threads end. What comes later is done on the pool: a continuation must not find nobody.</summary>
    public void Dispose()
    {
        lock (_line)
        {
            _closed = true;
            Monitor.PulseAll(_line);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_line)
            if (!_closed)
            {
                _line.Enqueue(task);
                Monitor.Pulse(_line);
                return;
            }
        ThreadPool.UnsafeQueueUserWorkItem(late => TryExecuteTask(late), task, preferLocal: false);
    }

    /// <summary>Nothing is done on the thread of somebody who waits: that one may be urgent, or have a scheduler of its own.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_line) return [.. _line];
    }

    private void Work()
    {
        while (Next() is { } task) TryExecuteTask(task);
    }

    private Task? Next()
    {
        lock (_line)
        {
            while (_line.Count == 0 && !_closed) Monitor.Wait(_line);
            return _line.TryDequeue(out var task) ? task : null;
        }
    }
}
