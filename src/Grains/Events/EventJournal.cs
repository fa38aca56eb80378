using System.Diagnostics;
using System.Threading.Channels;
using Marten;
using Microsoft.Extensions.Logging;
using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Events;

/// <summary>
/// The one writer of events of a silo. Appends of many grains share a transaction: while one commits, those that arrive wait and form the
/// next (group commit without a timer, so a lone append waits for nobody). If a shared transaction fails because of one of its members,
/// each is tried alone, so that nobody pays for a neighbour's conflict.
/// </summary>
public sealed partial class EventJournal : IAsyncDisposable
{
    /// <summary>Commits that may wait. More means that the store is slower than the cluster; then appending waits, which slows acceptance.</summary>
    public const int MaxWaiting = 4096;

    /// <summary>Commits that share one transaction: bounds the time that a neighbour adds, and the statement's size.</summary>
    public const int MaxShared = 256;

    /// <summary>The SQLSTATE that <c>vitrine.fence</c> raises for an epoch that is no longer in force.</summary>
    public const string FencedSqlState = "VT001";

    /// <summary>The SQLSTATE that <c>vitrine.append_events</c> raises for a stream that is not at its expected version.</summary>
    public const string MovedSqlState = "VT002";

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly NpgsqlDataSource _database;
    private readonly AppendBatch _append;
    private readonly ILogger<EventJournal> _log;
    private readonly Task _loop;

    public EventJournal(IDocumentStore store, NpgsqlDataSource database, ILogger<EventJournal> log)
    {
        (_database, _log) = (database, log);
        _append = new AppendBatch(store.Options.Serializer(), VitrineStore.EventNames.ToDictionary(each => each.Value, each => each.Key));
        _loop = Task.Run(Run);
    }

    /// <summary>Returns once the commit is durable.</summary>
    /// <exception cref="StreamMovedException">A stream was not at its expected version.</exception>
    /// <exception cref="AccountFencedException">An account epoch is no longer in force.</exception>
    /// <exception cref="LedgerUnavailableException">The store did not answer; whether the commit happened is unknown to the caller, who must load again.</exception>
    public async Task Append(Commit commit, CancellationToken cancellation)
    {
        using var activity = JournalTelemetry.Source.StartActivity("journal append");
        var waiting = new Waiting(commit, activity?.Context ?? default);
        await _waiting.Writer.WriteAsync(waiting, cancellation);
        // From here on the commit is on its way; leaving now would leave the caller ignorant of its outcome.
        await waiting.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop;
    }

    private async Task Run()
    {
        var batch = new List<Waiting>(MaxShared);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxShared && _waiting.Reader.TryRead(out var next)) batch.Add(next);
            await Commit(batch);
        }
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
            await _append.Write(_database, [.. batch.Select(each => each.Commit)]);
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
