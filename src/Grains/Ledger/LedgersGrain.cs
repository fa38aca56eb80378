using Microsoft.Extensions.Logging;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Subjects;

namespace Vitrine.Grains.Ledger;

/// <summary>
/// Owns the writing of all logs: which committed events have become leaves, and the signing of checkpoints. One activation writes for the whole cluster; should
/// there be two for a moment, the older one's next transaction is refused. The events in the store are all that it works from, so it may die at any point.
/// </summary>
[GrainType("vitrine.ledgers")]
public sealed partial class LedgersGrain(LedgerStore store, TenantKeys keys, Attestation attestation, LedgerOptions options, TimeProvider time, ILogger<LedgersGrain> log) : Grain, ILedgersGrain, IDisposable
{
    /// <summary>Events that become leaves in one transaction: bounds memory and the length of a transaction.</summary>
    public const int MaxBatch = 2000;

    /// <summary>Logs signed in one transaction.</summary>
    public const int MaxSigned = 500;

    /// <summary>Transactions in one call, so that a call stays far below its time limit; the next call goes on.</summary>
    private const int MaxBatches = 50;

    /// <summary>How long one call waits for transactions that began before its mark; mostly they take a few milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _end = new();
    private LedgerTurn? _turn;
    private SafeMark? _mark;
    private Task _attesting = Task.CompletedTask;
    private long? _attestedAt;
    private bool _signed;

    public async Task<long> Advance(CancellationToken cancellation)
    {
        try
        {
            if (_turn is null)
            {
                _turn = await store.Open(cancellation);
                LogOpened(_turn.Epoch, _turn.Sequence);
            }
            var written = await WriteLeaves(cancellation);
            await Sign(time.GetUtcNow() - options.CheckpointEvery, options.CheckpointLeaves, cancellation);
            Attest();
            return written;
        }
        catch (Exception e)
        {
            // What was committed is in the store, and nothing else counts. A new turn also ends a transaction of ours whose outcome nobody knows.
            if (e is LedgerFencedException) LogFenced(_turn!.Epoch);
            (_turn, _mark) = (null, null);
            DeactivateOnIdle();
            if (e is LedgerFencedException) return 0;
            throw;
        }
    }

    public async Task Seal(CancellationToken cancellation)
    {
        await Advance(cancellation);
        if (_turn is not null) await Sign(DateTimeOffset.MaxValue, 1, cancellation);
        Attest();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _end.CancelAsync();
        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    public void Dispose() => _end.Dispose();

    /// <summary>Has others attest what was signed since, beside everything else: nobody outside can hold the log back.</summary>
    private void Attest()
    {
        if (!attestation.IsWanted || !_attesting.IsCompleted) return;
        if (!_signed && _attestedAt is { } at && time.GetElapsedTime(at) < options.CheckpointEvery) return;
        (_signed, _attestedAt) = (false, time.GetTimestamp());
        var end = _end.Token;
        _attesting = Task.Run(() => attestation.Round(end), end);
    }

    // Up to what was there when this was called; what is committed meanwhile is for the next call, which writes it with all that comes until then.
    private async Task<long> WriteLeaves(CancellationToken cancellation)
    {
        var (written, marked) = (0L, false);
        for (var batch = 0; batch < MaxBatches; batch++)
        {
            if (_mark is null)
            {
                if (marked) return written;
                (_mark, marked) = (await store.Mark(_turn!.Sequence, cancellation), true);
            }
            if (_mark is null || !await IsPast(_mark, cancellation)) return written;
            var events = await store.Events(_turn!.Sequence, _mark.Sequence, MaxBatch, cancellation);
            // Numbers that nobody used are passed over too, so that they are not looked at again.
            var upTo = events.Count == MaxBatch ? events[^1].Sequence : _mark.Sequence;
            if (events.Count > 0 || upTo > _turn.Sequence)
            {
                var tenants = events.Select(e => e.Tenant).Distinct().ToList();
                var salts = await keys.Salts(tenants, cancellation);
                await store.Append(_turn, upTo, LeafBatch.Of(events, await store.Trees(tenants, cancellation), salts.Of), cancellation);
                _turn = _turn with { Sequence = upTo };
                written += events.Count;
            }
            if (upTo == _mark.Sequence) _mark = null;
        }
        return written;
    }

    private async Task<bool> IsPast(SafeMark mark, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (!await store.IsPast(mark, cancellation))
        {
            if (time.GetElapsedTime(began) > Patience) return false;
            await Task.Delay(LookAgain, time, cancellation);
        }
        return true;
    }

    private async Task Sign(DateTimeOffset signedBefore, long leaves, CancellationToken cancellation)
    {
        while (await store.Unsealed(signedBefore, leaves, MaxSigned, cancellation) is { Count: > 0 } unsealed)
        {
            var platform = (await store.Trees([LogId.Platform.Value], cancellation))[LogId.Platform.Value];
            var logs = unsealed.Select(each => (LogId.Of(new TenantId(each.Log)), each.Tree)).ToList();
            await store.Publish(_turn!, time.GetUtcNow(), CheckpointBatch.Of(logs, platform, options), cancellation);
            _signed = true;
            if (unsealed.Count < MaxSigned) return;
        }
    }
}
