using System.Diagnostics;
using Marten;
using Microsoft.Extensions.Logging;
using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Events;

/// <summary>
/// The one writer of events of a silo. Appends of many grains share a transaction: whoever finds a transaction free writes what waits, its own commit among it, and
/// those that arrive meanwhile form the next (group commit without a timer, so a lone append waits for nobody). If a shared transaction fails because of one of its
/// members, each is tried alone, so that nobody pays for a neighbour's conflict.
/// </summary>
public sealed partial class EventJournal : IAsyncDisposable
{
    /// <summary>Commits that may wait. More means that the store is slower than the cluster; then appending waits, which slows acceptance.</summary>
    public const int MaxWaiting = 4096;

    /// <summary>Commits that share one transaction: bounds the time that a neighbour adds, and the statement's size.</summary>
    public const int MaxShared = 256;

    /// <summary>Transactions under way at once: while the server flushes one, the next is made up here and run there.</summary>
    public const int MaxTransactions = 2;

    /// <summary>The SQLSTATE that <c>vitrine.commit</c> raises for an epoch that is no longer in force.</summary>
    public const string FencedSqlState = "VT001";

    /// <summary>The SQLSTATE that <c>vitrine.commit</c> raises for a stream that is not at its expected version.</summary>
    public const string MovedSqlState = "VT002";

    /// <summary>How long a commit that the store did not take tells that it takes none. Afterwards another may try: where nobody writes, nothing else would show that it is back.</summary>
    private static readonly TimeSpan FailureCounts = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _room = new(MaxWaiting);
    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly AppendBatch _append;
    private readonly NpgsqlDataSource _database;
    private readonly ILogger<EventJournal> _log;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _failedAt;
    private int _transactions;
    private int _writing;
    private bool _closed;

    public EventJournal(IDocumentStore store, NpgsqlDataSource database, ILogger<EventJournal> log)
    {
        (_log, _database) = (log, database);
        _append = new AppendBatch(database, store.Options.Serializer(), VitrineStore.EventNames.ToDictionary(each => each.Value, each => each.Key));
    }

    /// <summary>Returns once the commit is durable.</summary>
    /// <exception cref="StreamMovedException">A stream was not at its expected version.</exception>
    /// <exception cref="AccountFencedException">An account epoch is no longer in force.</exception>
    /// <exception cref="LedgerUnavailableException">The store did not answer; whether the commit happened is unknown to the caller, who must load again.</exception>
    public async Task Append(Commit commit, CancellationToken cancellation)
    {
        using var activity = JournalTelemetry.Source.StartActivity("journal append");
        await _room.WaitAsync(cancellation);
        var waiting = new Waiting(commit, activity?.Context ?? default);
        // From here on the commit is on its way; leaving now would leave the caller ignorant of its outcome.
        if (Join(waiting) is { } batch)
        {
            await Commit(batch).ConfigureAwait(false);
            if (After(batch.Count) is { } next) _ = Task.Run(() => Run(next), CancellationToken.None);
        }
        await waiting.Done.Task;
    }

    /// <summary>
    /// Whether the store takes writes: it does not while it is read-only, and is believed not to for a moment after a commit that it did not take (a full disk shows there only).
    /// </summary>
    /// <exception cref="NpgsqlException">The store cannot be asked.</exception>
    public async Task<bool> IsRecording(CancellationToken cancellation)
    {
        if (Interlocked.Read(ref _failedAt) is var failed && failed != 0 && Stopwatch.GetElapsedTime(failed) < FailureCounts) return false;
        await using var command = _database.CreateCommand("select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'");
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Waits for the transactions under way; nothing may be appended any more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_transactions == 0) _idle.TrySetResult();
        }
        await _idle.Task;
        await _append.DisposeAsync();
        _room.Dispose();
    }

    /// <summary>Waits in line, or, when a transaction is free, comes back with what it shall write.</summary>
    private List<Waiting>? Join(Waiting waiting)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _waiting.Enqueue(waiting);
            return _transactions == MaxTransactions ? null : Begin();
        }
    }

    private async Task Run(List<Waiting> batch)
    {
        for (List<Waiting>? next = batch; next is not null;)
        {
            await Commit(next);
            // Those that have just been answered may append again at once; what they bring should share the next transaction.
            await Task.Yield();
            next = After(next.Count);
        }
    }

    /// <summary>What the transaction that has just ended shall write next; null when nothing waits.</summary>
    private List<Waiting>? After(int written)
    {
        _room.Release(written);
        List<Waiting>? next, beside;
        lock (_lock)
        {
            _writing -= written;
            _transactions--;
            next = Begin();
            beside = Begin();
            if (_closed && _transactions == 0) _idle.TrySetResult();
        }
        if (beside is not null) _ = Task.Run(() => Run(beside));
        return next;
    }

    // A share of all that is under way, so that the transactions are of about the same size. Called under the lock.
    private List<Waiting>? Begin()
    {
        if (_waiting.Count == 0 || _transactions == MaxTransactions) return null;
        var share = (_waiting.Count + _writing + MaxTransactions - 1) / MaxTransactions;
        var batch = new List<Waiting>(Math.Min(Math.Min(_waiting.Count, MaxShared), share));
        while (batch.Count < batch.Capacity) batch.Add(_waiting.Dequeue());
        _writing += batch.Count;
        _transactions++;
        return batch;
    }

    private async Task Commit(List<Waiting> batch)
    {
        var started = Stopwatch.GetTimestamp();
        var failure = await Try(batch);
        JournalTelemetry.Committed(batch.Count, Stopwatch.GetElapsedTime(started));
        if (failure is null)
        {
            foreach (var each in batch) each.Done.SetResult();
        }
        else if (batch.Count == 1 || failure is LedgerUnavailableException)
        {
            foreach (var each in batch) each.Done.SetException(failure);
        }
        else
        {
            LogSharedCommitFailed(batch.Count, failure);
            foreach (var each in batch)
            {
                if (await Try([each]) is { } own) each.Done.SetException(own);
                else each.Done.SetResult();
            }
        }
    }

    /// <summary>Null when all of it is durable; otherwise nothing of it is, or nobody knows (<see cref="LedgerUnavailableException"/>).</summary>
    private async Task<Exception?> Try(IReadOnlyList<Waiting> batch)
    {
        // A shared transaction belongs to the trace of its first member and links to those of the others.
        using var activity = JournalTelemetry.Source.StartActivity("journal commit", ActivityKind.Internal, batch[0].Caller,
            links: batch.Skip(1).Where(each => each.Caller != default).Select(each => new ActivityLink(each.Caller)));
        try
        {
            await _append.Write([.. batch.Select(each => each.Commit)]);
            Interlocked.Exchange(ref _failedAt, 0);
            return null;
        }
        catch (Exception e)
        {
            return Translate(e, batch);
        }
    }

    private Exception Translate(Exception e, IReadOnlyList<Waiting> batch)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case PostgresException { SqlState: FencedSqlState }:
                    return new AccountFencedException(e);
                // The stream exists, is not where it was expected, or is written twice by members of one batch, who are then tried alone.
                case PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or MovedSqlState or PostgresErrorCodes.CardinalityViolation }:
                    return new StreamMovedException(batch[0].Commit.Streams[0].Stream, e);
            }
        }
        if (StoreFailure.IsUnavailable(e))
        {
            Interlocked.Exchange(ref _failedAt, Stopwatch.GetTimestamp());
            LogUnavailable(e);
            // The cause is logged here; it holds objects of the driver that cannot cross a wire.
            return new LedgerUnavailableException("The event store did not answer a commit.");
        }
        LogBug(e);
        return e;
    }

    private sealed record Waiting(Commit Commit, ActivityContext Caller)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
