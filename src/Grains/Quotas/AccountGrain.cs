using Marten;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Tenants;

namespace Vitrine.Grains.Quotas;

/// <summary>What a grain needs that is an account.</summary>
public sealed record AccountParts(IDocumentStore Store, EventJournal Journal, AccountReader Reader, TimeProvider Time);

/// <summary>The account side that tenants, projects and users share: the member's record, and its balance as a fold of its jobs.</summary>
public abstract class AccountGrain(AccountParts parts) : Grain, IAccountGrain, ITenantScoped
{
    /// <summary>A hold that nobody confirmed or dropped for so long had a holder that died: the account is opened anew, which fences that hold.</summary>
    private static readonly TimeSpan HoldTimeout = TimeSpan.FromSeconds(10);

    /// <summary>No refusal is given on a fold older than this: a lost message about a finished job must not block a caller who has credit.</summary>
    private static readonly TimeSpan FreshEnoughToRefuse = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan QueuePatience = TimeSpan.FromSeconds(5);

    private bool _loaded;
    private AccountBalance? _balance;
    private DateTimeOffset _foldedAt;

    protected AccountParts Parts => parts;
    protected Member? Member { get; private set; }
    protected DateTimeOffset Now => parts.Time.GetUtcNow();
    protected abstract TenantId Tenant { get; }

    /// <summary>See <see cref="AccountName"/>; also the key of the member's stream.</summary>
    protected abstract string AccountKey { get; }

    public async Task<Outcome<AccountView>> SetLimits(Limits limits, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is not { } member) return new Refusal(Refused.NotFound, "There is no such account.");
        await Record(member.Revision, [new LimitsSet(limits, Now)], cancellation);
        // Awaited, so that whoever set them sees them work. Should the queue not hear it, what waits there keeps the old caps until it is served or the queue restarts.
        await GrainFactory.RenderQueue(PoolId.Main).Relimit(Tenant, AccountKey, limits).WaitAsync(QueuePatience, parts.Time, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return View(await Balance(cancellation));
    }

    public async Task<AccountView?> Account(CancellationToken cancellation) =>
        await Loaded(cancellation) is null ? null : View(await Balance(cancellation));

    public async Task<HoldOutcome> Hold(HoldCredits command, CancellationToken cancellation)
    {
        var now = Now;
        if (await Loaded(cancellation) is not { } member)
            return new HoldOutcome(0, Limits.None, null, new Refusal(Refused.NotFound, $"There is no {AccountKey.Split('/')[0]} of this name."), false, PeriodOf(now));
        if (member.IsClosed) return new HoldOutcome(0, member.Limits, null, Refusal.UserErased, false, PeriodOf(now));
        if (command.Model is { } model && member.Models is { } allowed && !allowed.Contains(model))
            return new HoldOutcome(0, member.Limits, null, new Refusal(Refused.ModelNotFound, $"The model '{model}' does not exist, or this project may not use it.", "model"), false, PeriodOf(now));

        if (_balance?.OldestHold(now) > HoldTimeout) _balance = null;
        var outcome = (await Balance(cancellation)).Hold(command, member.Limits, now);
        if (outcome.Refusal?.Reason is not (Refused.QuotaSpent or Refused.QueueFull) || now - _foldedAt < FreshEnoughToRefuse) return outcome;
        _balance = null;
        return (await Balance(cancellation)).Hold(command, member.Limits, now);
    }

    public Task Confirm(string job) { _balance?.Confirm(job); return Task.CompletedTask; }
    public Task Drop(string job) { _balance?.Drop(job); return Task.CompletedTask; }

    public async Task Fenced(string job, long epoch)
    {
        _balance?.Drop(job);
        // Only the account that another activation has opened goes on under a new epoch: opening the others too would fence their holds in flight.
        if (_balance?.Epoch == epoch && !await parts.Reader.IsInForce(Tenant, AccountKey, epoch)) _balance = null;
    }

    public Task Begin(string job) { _balance?.Begin(job); return Task.CompletedTask; }
    public Task Settle(string job, Credits settled) { _balance?.Settle(job, settled); return Task.CompletedTask; }

    /// <summary>The month that pays at <paramref name="now"/>: <c>yyyy-MM</c>, UTC.</summary>
    public static string PeriodOf(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture);

    protected async Task<Member?> Loaded(CancellationToken cancellation)
    {
        if (!_loaded)
        {
            await using var session = parts.Store.QuerySession(Tenant.Value);
            Member = await session.LoadAsync<Member>(AccountKey, cancellation);
            _loaded = true;
            // Whoever asks for names at random must not fill the silo with accounts that nobody has.
            if (Member is null) DeactivateOnIdle();
        }
        return Member;
    }

    /// <summary>Records what happened to the member. If somebody else wrote first, this activation is old and goes away.</summary>
    protected async Task Record(long revision, IReadOnlyList<object> events, CancellationToken cancellation)
    {
        try
        {
            await parts.Journal.Append(Commit.Of(Tenant, StreamAppend.Continue(AccountKey, revision, Member, events)), cancellation);
        }
        catch (Exception)
        {
            _loaded = false;
            DeactivateOnIdle();
            throw;
        }
        Member = events.Aggregate(Member, (member, e) => Member.Apply(member, AccountKey, e));
    }

    /// <summary>Opens a new epoch: every hold in flight is void, and its accept transaction fails.</summary>
    protected async Task Reopen(CancellationToken cancellation)
    {
        _balance = null;
        await Balance(cancellation);
    }

    private async ValueTask<AccountBalance> Balance(CancellationToken cancellation)
    {
        var now = Now;
        if (_balance is { } balance && balance.Period == PeriodOf(now)) return balance;
        var (epoch, fold) = await parts.Reader.Open(Tenant, AccountKey, PeriodOf(now), now, cancellation);
        _foldedAt = now;
        return _balance = new AccountBalance(fold, epoch);
    }

    private AccountView View(AccountBalance balance) =>
        new(Member!.Limits, balance.Period, balance.Settled, balance.Open, balance.Queued, balance.Running, balance.Rate(Member.Limits, Now));
}
